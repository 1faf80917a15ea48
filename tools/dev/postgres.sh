#!/usr/bin/env bash
# postgres.sh start FOLDER | stop FOLDER: a private PostgreSQL 15 with its usual, durable settings and room for the
# connections of the benchmarks, on a free loopback port; `start` prints its URL. FOLDER is made, and removed again by `stop`.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly binaries=/usr/lib/postgresql/15/bin
readonly action=${1:-} folder=${2:-}

# PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
  local port attempt
  [[ -x $binaries/postgres ]] || die "PostgreSQL is not installed: ./dev setup database"
  mkdir -p "$folder"
  if ((EUID == 0)); then chown postgres: "$folder"; fi
  cd "$folder"
  as_postgres "$binaries/initdb" -D "$folder/data" -U threeport --auth=trust --encoding=UTF8 --locale=C >"$folder.log" 2>&1 ||
    die "initdb failed: $(tail -n 5 "$folder.log")"
  for attempt in 1 2 3; do
    port=$(free_port)
    if as_postgres "$binaries/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 30 \
      -o "-p $port -c max_connections=300 -c listen_addresses=127.0.0.1 -c unix_socket_directories='$folder'" start >>"$folder.log" 2>&1; then
      as_postgres "$binaries/createdb" -h 127.0.0.1 -p "$port" -U threeport threeport
      echo "postgresql://threeport@127.0.0.1:$port/threeport"
      return
    fi
  done
  die "PostgreSQL did not start in $attempt attempts: $(tail -n 5 "$folder/log" 2>/dev/null)"
}

stop() {
  if [[ -d $folder/data ]]; then
    cd /
    as_postgres "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
  fi
  rm -rf "$folder" "$folder.log"
}

case $action-$folder in
  start-/* | stop-/*) "$action" ;;
  *) usage_error "postgres.sh needs start or stop, and an absolute folder" ;;
esac
