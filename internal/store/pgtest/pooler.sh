# Holds one throw-away pgbouncer, in the folder that it is given, for as long as standard input is open.
cd "$1" || exit 1
"$2" pgbouncer.ini </dev/null >>log 2>&1 &
pooler=$!
trap 'kill -s KILL "$pooler" 2>/dev/null; cd /; rm -rf "$1"' EXIT
trap 'exit 1' HUP INT TERM
read -r _
