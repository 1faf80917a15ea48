#!/bin/sh
# Writes a greeting into its database every ten seconds and says what is there, also from the pods before this one. The
# PG variables tell psql where that is.
set -eu
psql --quiet --no-psqlrc --command='CREATE TABLE IF NOT EXISTS greetings (at timestamptz DEFAULT now(), text text)'
while true; do
  psql --quiet --no-psqlrc --tuples-only --no-align --set=greeting="$GREETING" <<'SQL'
INSERT INTO greetings (text) VALUES (:'greeting');
SELECT 'greeting ' || count(*) || ': ' || max(text) || ', in ' || current_database() FROM greetings;
SQL
  sleep 10
done
