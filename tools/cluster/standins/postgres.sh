#!/bin/sh
# Stands in for the entry point of the official image: makes the database on first start, then becomes the server.
# Knows POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, each also as NAME_FILE, and PGDATA. Does not run as root.
set -eu

from_file() {
  eval "file=\${$1_FILE:-}"
  if [ -n "$file" ]; then eval "$1=\$(cat \"\$file\")"; fi
}

make_database() {
  : "${POSTGRES_PASSWORD:?must be set, or POSTGRES_PASSWORD_FILE}"
  umask 077
  mkdir -p "$PGDATA"
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust \
    --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$PGDATA" postgres
  fi
}

if [ "${1:-postgres}" != postgres ]; then exec "$@"; fi
for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do from_file "$name"; done
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
if [ ! -s "$PGDATA/PG_VERSION" ]; then make_database; fi
exec postgres -D "$PGDATA" -c listen_addresses='*'
