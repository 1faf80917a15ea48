#!/usr/bin/env bash
# kill -9 at random moments while workloads are delivered, changed and deleted on the real API server.
# Ten seeds of 100 workloads; TP_SOAK=1 runs more seeds, TP_KILL_SEED=N only that one, TP_KILL_WORKLOADS sets how many
# workloads a seed has.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${TP_BIN_DIR:?names the folder of the programs; ./dev test sets it}" "${TP_KUBECONFIG:?names a cluster; ./dev test sets it}"
eval "$("$root/tools/cluster/cluster" env)"
export KUBECONFIG=$TP_KUBECONFIG
exec python3 "$root/tests/e2e/kill_rounds.py"
