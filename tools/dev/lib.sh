# shellcheck shell=bash
# What all sub-commands of ./dev share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="$root"

# say WHAT: a progress line with the time since the command began.
say() { printf '==> %s (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# die WHAT: what is wrong and what to do about it; exit 1.
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# usage_error WHAT: the caller typed something wrong; exit 2.
usage_error() {
  printf 'dev: %s; `./dev help` shows how\n' "$*" >&2
  exit 2
}

# jobs: compilers that fit on this machine at once (about 1.2 GB each); TP_JOBS overrides.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(($(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1200000))
  ((memory < 1)) && memory=1
  printf '%s\n' "${TP_JOBS:-$((cores < memory ? cores : memory))}"
}

# configure PRESET: cmake's own checks decide whether there is anything to do.
configure() {
  say "configure $1"
  cmake --preset "$1" -S "$root" >"$root/build/$1.configure.log" 2>&1 && return
  cat "$root/build/$1.configure.log" >&2
  die "configuring the preset $1 failed; a missing library is installed by ./dev setup"
}

# compile PRESET [TARGET...]: configures and builds; without targets, all of them.
compile() {
  local preset=$1
  shift
  mkdir -p "$root/build"
  configure "$preset" || return
  say "build $preset${1:+: $*}"
  cmake --build "$root/build/$preset" -j "$(jobs)" ${1:+--target "$@"}
}

# build_programs [TARGET...]: the release programs, reachable as build/bin/NAME.
build_programs() {
  compile release programs "$@" || return
  mkdir -p "$root/build/bin"
  local program
  for program in "$root"/build/release/bin/{threeportd,tptctl,threeport-agent}; do
    if [[ -x $program ]]; then ln -sfn "../release/bin/${program##*/}" "$root/build/bin/${program##*/}"; fi
  done
}

# cluster_is_up: the API server of $KUBECONFIG, else of our local cluster, answers.
cluster_is_up() { "$root/tools/cluster/cluster" status >/dev/null 2>&1; }

# use_cluster: exports KUBECONFIG ($KUBECONFIG, else ours) and the same as TP_KUBECONFIG for the tests; puts kubectl on
# the PATH.
use_cluster() {
  local settings
  settings=$("$root/tools/cluster/cluster" env) || return
  eval "$settings"
  export TP_KUBECONFIG=$KUBECONFIG
}
