# Holds one throw-away PostgreSQL. Orders come in on standard input, one a line, and each is answered with one line. When the input ends, which
# it does however the process at the other end dies, the server is stopped and everything is removed.
# Arguments: the folder to make, the folder of the binaries, then the server's settings.
umask 077
dir=$1
bin=$2
shift 2
server=

running() {
	jobs >/dev/null # so that the shell notices what ended
	[ -n "$server" ] && kill -0 "$server" 2>/dev/null
}

# A server that has only just been started does not hear the signal: it ignores it until it has set up its handlers.
halt() {
	while running; do
		kill -s "$1" "$server" 2>/dev/null
		sleep 0.05
	done
	server=
}

trap 'halt QUIT; cd /; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$dir" && cd "$dir" || exit 1
echo ok

while read -r order words; do
	case $order in
	init) # init PASSWORD ARGUMENTS…
		printf '%s\n' "${words%% *}" >password
		# shellcheck disable=SC2086 # the words are arguments of their own
		if "$bin/initdb" -D "$dir/data" -U deputy --pwfile=password --auth=scram-sha-256 --encoding=UTF8 --no-sync \
			${words#* } </dev/null >>log 2>&1; then answer=ok; else answer=failed; fi
		rm -f password
		;;
	copy) # copy FOLDER PORT PASSWORD: the data of a halted server, to follow it
		from=${words%% *}
		words=${words#* }
		if cp -R "$from/data" data && rm -f data/postmaster.pid && : >data/standby.signal &&
			echo "primary_conninfo = 'host=127.0.0.1 port=${words%% *} user=deputy password=${words#* }'" >>data/postgresql.auto.conf; then
			answer=ok
		else
			answer=failed
		fi
		;;
	start) # start PORT
		"$bin/postgres" -D "$dir/data" -p "$words" "$@" </dev/null >>log 2>&1 &
		server=$!
		answer=ok
		;;
	status) # answers the server's process, or down
		if running; then answer=$server; else answer=down; fi
		;;
	halt) # halt SIGNAL
		halt "$words"
		answer=ok
		;;
	esac
	echo "$answer"
done
