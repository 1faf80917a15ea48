#!/usr/bin/env bash
# demo.sh: from a bare machine to the HTTP answer of a real pod. Nothing is simulated; repeating it takes seconds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

readonly tptctl=build/bin/tptctl

# The address at which this machine reaches the page: the cluster IP of its service.
service_address() {
  local namespace
  namespace=$("$tptctl" get workload-instances counter -o json |
    python3 -c 'import json, sys
found = json.load(sys.stdin)
print((found[0] if isinstance(found, list) else found)["Namespace"])')
  kubectl -n "$namespace" get service web -o jsonpath='{.spec.clusterIP}:{.spec.ports[0].port}'
}

(($# == 0)) || usage_error "demo takes no arguments"
tools/dev/up.sh
use_cluster
say "build and push the images of the demo application"
tools/cluster/cluster images
say "deliver the demo application (samples/counter/workload.yaml)"
"$tptctl" apply -f samples/counter/workload.yaml --wait
address=$(service_address)
say "ask it: curl http://$address/"
curl --fail --silent --show-error --retry 10 --retry-all-errors --retry-delay 1 --max-time 10 "http://$address/"
say "the demo is done"
cat <<END

That answer came from a pod on this machine. Try next:

  curl http://$address/                        the counter, kept in Redis, goes up
  $tptctl describe workload counter      what it is and how it is
  $tptctl logs workload counter          what its pods print
  $tptctl history workload counter       its revisions; docs/guides/getting-started.md makes a second one
  eval "\$(tools/cluster/cluster env)"          kubectl for the cluster; delete something and see it come back
  ./dev down                                   ends all of it
END
