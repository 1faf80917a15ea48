#!/usr/bin/env bash
# up.sh: this tree's programs, a Kubernetes, and a control plane that delivers to it. Repeating it changes nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

(($# == 0)) || usage_error "up takes no arguments"
tools/dev/setup.sh build
build_programs
say "start Kubernetes"
tools/cluster/cluster up
use_cluster
# A control plane that runs an older build makes way for this one; its state stays.
pid=$(cat "$HOME/.threeport/local/threeportd.pid" 2>/dev/null || true)
if [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == *threeportd*'(deleted)' ]]; then
  say "stop the control plane of an older build"
  build/bin/tptctl down --name local
fi
say "start the control plane"
build/bin/tptctl up --name local --kubeconfig "$KUBECONFIG"
say "up: build/bin/tptctl get workload-instances asks it; ./dev down ends it"
