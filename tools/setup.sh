#!/bin/sh
# Installs what `make test` needs and finds missing, with apt when it may (as root, or on a build server with CI set); otherwise says what is missing and ends.
set -eu

missing=""
packages=""

# want NAME PACKAGE CHECK… notes the package when the check fails.
want() {
	name=$1 package=$2
	shift 2
	if ! "$@" >/dev/null 2>&1; then
		missing="$missing $name"
		packages="$packages $package"
	fi
}

has_postgres() { command -v postgres || ls /usr/lib/postgresql/*/bin/postgres; }
has_pgbouncer() { command -v pgbouncer || test -x /usr/sbin/pgbouncer; }
has_nginx() { command -v nginx || test -x /usr/sbin/nginx; }
has_caddy() { command -v caddy; }
has_chromium() { test -n "${CHROMIUM:-}" || command -v chromium; }
has_chinese() { fc-list :lang=zh | grep -q .; }

for tool in go git node npm; do
	if ! command -v "$tool" >/dev/null 2>&1; then
		echo "$tool is missing: Deputy is built with Go $(sed -n 's/^go //p' go.mod) and Node.js 20 or newer" >&2
		exit 1
	fi
done
want chromium chromium has_chromium
want "a Chinese font" fonts-wqy-zenhei has_chinese
want postgresql postgresql has_postgres
want pgbouncer pgbouncer has_pgbouncer
want nginx nginx-light has_nginx
want caddy caddy has_caddy
want pg_dump postgresql-client command -v pg_dump

[ -z "$packages" ] && exit 0
# Root may install; so may whoever runs a build server without being asked for a password.
as_root=""
if [ "$(id -u)" != 0 ] && [ -n "${CI:-}" ] && sudo -n true 2>/dev/null; then
	as_root="sudo -n"
fi
if [ "$(id -u)" = 0 ] || [ -n "$as_root" ]; then
	if command -v apt-get >/dev/null 2>&1; then
		# The tests start servers of their own: the packages shall start none.
		export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
		$as_root apt-get update -qq
		# shellcheck disable=SC2086 # a list of words
		$as_root apt-get install -qq -y --no-install-recommends fontconfig $packages </dev/null
		exit 0
	fi
fi
echo "missing for make test:$missing" >&2
echo "on Debian: sudo apt-get install --no-install-recommends fontconfig$packages" >&2
exit 1
