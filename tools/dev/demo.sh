#!/usr/bin/env bash
# demo.sh: from a bare machine to the HTTP answer of a real pod that found its Redis, beside one that found its
# PostgreSQL. Nothing is simulated; repeating it takes seconds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

readonly tptctl=build/bin/tptctl

# The URL of the application: the host name that its dependency `dns` was given, at the cluster's gateway.
page_url() {
  "$tptctl" get dependency-instances -o json |
    python3 -c 'import json, sys
found = json.load(sys.stdin)
[host] = [one["Outputs"]["host"] for one in found if one["Key"] == "visitors-dev.dns"]
print("http://" + host + ":" + sys.argv[1].rsplit(":", 1)[1] + "/")' "$TP_GATEWAY"
}

(($# == 0)) || usage_error "demo takes no arguments"
tools/dev/up.sh
say "have the cluster route requests"
tools/cluster/cluster gateway
use_cluster
say "build and push the images of the demo application"
tools/cluster/cluster images
say "deliver the demo application (samples/score: a page with Redis and a route, a worker with PostgreSQL)"
"$tptctl" apply -f samples/score/environment.yaml --wait
"$tptctl" apply -f samples/score/web.yaml -f samples/score/worker.yaml --environment dev --wait
say "what that has made"
"$tptctl" get dependency-instances
say "what the worker says"
"$tptctl" logs workload worker --environment dev --container main --tail 3
url=$(page_url)
say "ask the page: curl $url"
curl --noproxy '*' --fail --silent --show-error --retry 20 --retry-all-errors --retry-delay 1 --max-time 10 "$url"
say "the demo is done"
cat <<END

That answer came from a pod on this machine. Try next:

  curl --noproxy '*' $url
                                               the counter, kept in Redis, goes up
  $tptctl describe workload visitors --environment dev
                                               what it is, what it needs and how it is
  $tptctl logs workload worker --environment dev --follow
                                               rows in PostgreSQL
  $tptctl delete environment dev --cascade
                                               all of it goes, databases included
  eval "\$(tools/cluster/cluster env)"          kubectl for the cluster; delete something and see it come back
  ./dev down                                   ends all of it

docs/guides/getting-started.md has more: revisions, a way back, applications as manifests.
END
