#!/usr/bin/env bash
# bench.sh [ARG...]: builds and runs the benchmarks, with a private PostgreSQL beside them, and with Kubernetes where a
# cluster is up (./dev cluster up). Arguments go to threeport-bench (docs/reference/performance.md).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

# Figures go to standard output alone, so that --json stays readable by programs.
{
  tools/dev/setup.sh build database
  build_programs threeport-bench resolve_bench
  scratch=$(mktemp -d)
  chmod 755 "$scratch" # PostgreSQL works in it under a user of its own
  trap 'tools/dev/postgres.sh stop "$scratch/postgres"; rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM
  if [[ -z ${TP_POSTGRES_URL:-} ]]; then
    say "start PostgreSQL"
    TP_POSTGRES_URL=$(tools/dev/postgres.sh start "$scratch/postgres")
    export TP_POSTGRES_URL
  fi
  if cluster_is_up; then use_cluster; else say "no cluster is up: figures of deliveries are left out"; fi
  export TP_BIN_DIR=$root/build/bin TMPDIR=$scratch
  say "measure"
  build/release/bin/resolve_bench
} >&2
build/release/bin/threeport-bench "$@"
