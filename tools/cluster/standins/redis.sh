#!/bin/sh
# Stands in for the entry point of the official image: arguments that are options or a configuration are the server's.
set -eu
case "${1:-}" in
  "" | -* | *.conf) set -- redis-server "$@" ;;
esac
exec "$@"
