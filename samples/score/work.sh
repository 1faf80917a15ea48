#!/bin/sh
# Says every ten seconds for whom it works; the password in DATABASE_URL is not for the log.
while true; do
  echo "$GREETING, ${DATABASE_URL##*@}"
  sleep 10
done
