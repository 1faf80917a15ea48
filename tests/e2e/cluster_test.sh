#!/usr/bin/env bash
# The local Kubernetes runs real pods: the samples become ready, reach each other by Service name,
# answer at their cluster IPs, and leave nothing behind when their namespace is deleted.
# Brings the cluster up if it is not, and then also takes it down again.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster="$repository/tools/cluster/cluster"
namespace="cluster-test-$$"
was_up=yes

elapsed() { echo "$((($(date +%s%N) - $1) / 1000000)) ms"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

clean() {
  kubectl delete namespace "$namespace" --ignore-not-found --timeout=60s >/dev/null 2>&1 || true
  if [[ $was_up == no ]]; then "$cluster" down; fi
}

# Retried, since a proxy needs a moment for a new endpoint.
answer_of() {
  local service=$1 address
  address=$(kubectl -n "$namespace" get service "$service" -o jsonpath='{.spec.clusterIP}')
  curl -sS --noproxy '*' --max-time 5 --retry 10 --retry-delay 1 --retry-connrefused "http://$address/"
}

main() {
  local start visitor next hello
  start=$(date +%s%N)
  "$cluster" env >/dev/null 2>&1 || was_up=no
  "$cluster" up
  echo "up: $(elapsed "$start") (was up before: $was_up)"
  eval "$("$cluster" env)"
  trap clean EXIT
  [[ -n ${TP_REGISTRY:-} ]] || fail "this test needs the local cluster with its registry; unset KUBECONFIG"
  "$cluster" images

  start=$(date +%s%N)
  kubectl create namespace "$namespace"
  kubectl -n "$namespace" apply -f "$repository/samples/counter/manifests.yaml" -f "$repository/samples/hello/manifests.yaml"
  if ! kubectl -n "$namespace" wait --for=condition=available deployment --all --timeout=60s; then
    kubectl -n "$namespace" get pods,events >&2
    fail "the samples are not ready after 60 s"
  fi
  echo "applied and ready: $(elapsed "$start")"

  # The web page's counter lives in redis, which it finds by Service name: DNS and cluster IPs work from within a pod.
  visitor=$(answer_of web)
  next=$(answer_of web)
  echo "$visitor"
  [[ $visitor =~ ^hello,\ visitor\ ([0-9]+)\ \(version\ 1,\ pod\ web-[a-z0-9-]+\)$ ]] || fail "unexpected answer: $visitor"
  local first=${BASH_REMATCH[1]}
  [[ $next == "hello, visitor $((first + 1)) "* ]] || fail "the counter did not count: $visitor, then $next"
  hello=$(answer_of hello)
  [[ $hello == "hello from Threeport" ]] || fail "unexpected answer: $hello"

  # A pod reaches the API server at its cluster IP, and exec and logs work.
  kubectl -n "$namespace" exec deployment/hello -- nc -w 5 kubernetes.default.svc.cluster.local 443 </dev/null ||
    fail "a pod cannot reach the API server"
  kubectl -n "$namespace" logs deployment/web | grep -q "listens on port 8080" || fail "no log of the web pod"

  start=$(date +%s%N)
  kubectl delete namespace "$namespace" --timeout=60s
  echo "namespace deleted: $(elapsed "$start")"
  echo "passed"
}

main
