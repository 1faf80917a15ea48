#!/usr/bin/env bash
# The recorded answers of the v0 API, on both databases.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shared=${TP_SHARED:-$root/../shared}
if [[ ! -f $shared/tools/wire.py ]]; then
  echo "not run: ../shared absent"
  exit 0
fi
python3 -c 'import yaml' 2>/dev/null || { echo "python3-yaml is missing: ./dev setup installs it" >&2; exit 1; }
: "${TP_BIN_DIR:?names the folder of the programs; ./dev test sets it}" "${TP_POSTGRES_URL:?names a PostgreSQL; ./dev test sets it}"
scratch=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT

compare() {
  local name=$1 database=$2
  rm -f "$scratch/port"
  HOME=$scratch "$TP_BIN_DIR/threeportd" --listen 127.0.0.1:0 --database "$database" --roles api --auth-enabled=false \
    --port-file "$scratch/port" 2>"$scratch/$name.log" &
  server=$!
  for _ in $(seq 100); do
    [[ -s $scratch/port ]] && break
    kill -0 "$server" 2>/dev/null || break
    read -rt 0.1 <> <(:) || true
  done
  [[ -s $scratch/port ]] || { cat "$scratch/$name.log"; return 1; }
  if ! python3 "$shared/tools/wire.py" compare "http://127.0.0.1:$(<"$scratch/port")" "$shared/wire/golden.json" -v >"$scratch/$name.out"; then
    cat "$scratch/$name.out"
    return 1
  fi
  echo "$name: $(tail -n 1 "$scratch/$name.out") answers are those of v0"
  kill "$server"
  wait "$server"
  server=
}

compare sqlite "sqlite://$scratch/threeport.db"
database=wire_$$
psql -q "$TP_POSTGRES_URL" -c "CREATE DATABASE $database"
compare postgresql "${TP_POSTGRES_URL%/*}/$database"
psql -q "$TP_POSTGRES_URL" -c "DROP DATABASE $database"
