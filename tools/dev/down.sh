#!/usr/bin/env bash
# down.sh: ends the control plane and the local Kubernetes. The control plane's database stays (build/bin/tptctl down
# --purge removes it).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

(($# == 0)) || usage_error "down takes no arguments"
if [[ -x build/bin/tptctl ]]; then
  say "stop the control plane"
  build/bin/tptctl down --name local || say "the control plane was not up"
fi
say "stop Kubernetes"
tools/cluster/cluster down
say "down"
