#!/usr/bin/env bash
# Starts a PostgreSQL server of its own on a free port, runs the example beside this file against
# it, and stops it. As root it installs Debian's package if there is no server.
set -euo pipefail
cd "$(dirname "$0")/../.."

find_bin() { find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1; }
bin=$(find_bin)
if [ -z "$bin" ]; then
    [ "$(id -u)" = 0 ] || { echo "install a PostgreSQL server first" >&2; exit 2; }
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
    bin=$(find_bin)
fi

cargo build --quiet --package omnisecret-tests --example rotate_postgres

# initdb and the server refuse to run as root.
if [ "$(id -u)" = 0 ]; then as=(runuser -u postgres --); else as=(); fi
folder=$("${as[@]}" mktemp -d)
stop() {
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true
    rm -rf "$folder"
}
trap stop EXIT
export PGPASSWORD=admin-of-the-example
"${as[@]}" sh -c 'printf %s "$PGPASSWORD" > "$1"' sh "$folder/password"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A scram-sha-256 \
    --pwfile "$folder/password" --no-sync >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w \
    -o "-h 127.0.0.1 -p $port -k $folder" start
"${CARGO_TARGET_DIR:-target}/debug/examples/rotate_postgres" "$port"
