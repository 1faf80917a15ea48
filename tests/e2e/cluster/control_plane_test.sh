#!/usr/bin/env bash
# Control planes without a node: several beside each other, and back with their data after a kill -9 of everything.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cluster="$repository/tools/cluster/cluster"
unset KUBECONFIG
TP_CLUSTER_DIR=$(mktemp -d)
export TP_CLUSTER_DIR

fail() { echo "FAILED: $*" >&2; exit 1; }

clean() {
  for name in one two; do "$cluster" down --name "$name" || true; done
  rm -rf "$TP_CLUSTER_DIR"
}
trap clean EXIT

on() { (eval "$("$cluster" env --name "$1")" && kubectl "${@:2}"); }
pids() { "$cluster" status --json --name "$1" | python3 -c 'import json, sys
print(*sorted(d["pid"] for d in json.load(sys.stdin)["daemons"].values()))'; }

"$cluster" up --control-plane-only --name one
"$cluster" up --control-plane-only --controllers --name two
on one create configmap kept --from-literal=a=b
on two get configmap kept 2>/dev/null && fail "two clusters share their objects"
on two create deployment d --image=nowhere/none:1
on two wait --for=condition=Progressing deployment/d --timeout=30s || fail "the controller manager does not act"

before=$(pids one)
"$cluster" up --control-plane-only --name one
[[ $(pids one) == "$before" ]] || fail "a second up restarted something: $before, then $(pids one)"

read -ra victims <<<"$before"
kill -9 "${victims[@]}"
if "$cluster" status --name one; then fail "status says up after everything was killed"; fi
"$cluster" up --control-plane-only --name one
[[ $(on one get configmap kept -o jsonpath='{.data.a}') == b ]] || fail "an object was lost"

if "$cluster" up --name one 2>"$TP_CLUSTER_DIR/refusal"; then fail "the profile of a running cluster was changed"; fi
grep -q "exists with profile control-plane" "$TP_CLUSTER_DIR/refusal" || fail "the refusal does not say why"

KUBECONFIG=/nonexistent "$cluster" up 2>"$TP_CLUSTER_DIR/refusal" && fail "an absent foreign cluster was accepted"
grep -q "does not answer" "$TP_CLUSTER_DIR/refusal" || fail "the refusal of a foreign cluster does not say why"

"$cluster" down --name one
[[ $(pids one) == "" && ! -e $TP_CLUSTER_DIR/one ]] || fail "down left something"
echo "passed"
