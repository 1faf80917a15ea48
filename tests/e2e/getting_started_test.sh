#!/usr/bin/env bash
# Executes the commands of docs/guides/getting-started.md, as a newcomer would, against the Kubernetes of the test run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${TP_BIN_DIR:?names the folder of the programs; ./dev test sets it}" "${TP_KUBECONFIG:?names a cluster; ./dev test sets it}"
scratch=$(mktemp -d)
export HOME=$scratch PATH=$TP_BIN_DIR:$PATH
trap 'tptctl down --purge >/dev/null 2>&1 || true; rm -rf "$scratch" /tmp/counter-2' EXIT
cd "$root"

# Building and the cluster are the test run's; the control plane is ours.
tptctl up --kubeconfig "$TP_KUBECONFIG"
commands=$(awk '/^```sh$/ {inside = 1; next} /^```$/ {inside = 0} inside' docs/guides/getting-started.md | grep -v -e '^\./dev ' -e '^export PATH' -e '^tools/cluster')
[[ $(wc -l <<<"$commands") -ge 10 ]] || { echo "the guide has too few commands" >&2; exit 1; }
while IFS= read -r command; do
  echo "\$ $command"
  bash -euo pipefail -c "$command" </dev/null
done <<<"$commands"
if tptctl get workloads 2>&1 | grep -q counter; then
  echo "the workload is still there" >&2
  exit 1
fi
