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
say "start the control plane"
build/bin/tptctl up --name local --kubeconfig "$KUBECONFIG"
say "up: build/bin/tptctl get workload-instances asks it; ./dev down ends it"
