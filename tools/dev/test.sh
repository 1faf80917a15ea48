#!/usr/bin/env bash
# test.sh: everything that has to pass; 25 minutes on two cores, 45 where nothing has been compiled before.
# test.sh LABEL | NAME: the tests of the dev build that have the label, or whose name matches. Runs without Kubernetes
# unless the label needs it or a cluster is up; then tests that need one are skipped, and it says so.
# test.sh soak: the long runs, for as long as they take.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

readonly results=$root/build/test-results
readonly libraries_with_threads=(store reconcile http)
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=second_deadlock_stack=1
deadline=4200
fuzz_seconds=30
started_cluster=

record() { echo "$1 $2" >>"$results/steps"; }

# limited COMMAND...: the command, ended when the whole run is over its time.
limited() {
  local foreground=
  if [[ -t 0 ]]; then foreground=--foreground; fi
  timeout $foreground --kill-after=20 "$((deadline - SECONDS > 5 ? deadline - SECONDS : 5))" "$@"
}

# must NAME COMMAND...: a step whose success is not counted, but whose failure is.
must() {
  local name=$1
  shift
  limited "$@" && return
  record failed "$name"
  say "FAILED: $name"
  return 1
}

# counted NAME COMMAND...: a step that counts as one test.
counted() {
  local name=$1
  shift
  must "$name" "$@" || return 0
  record passed "$name"
}

# run_ctest NAME ARG...: the tests of the dev build that the arguments select; prints what is not ordinary success.
run_ctest() {
  local name=$1
  shift
  say "tests: $name"
  limited ctest --test-dir build/dev -j "$(nproc)" --no-tests=ignore --output-on-failure --output-junit "$results/$name.xml" \
    --test-output-size-passed 65536 --test-output-size-failed 1048576 "$@" 2>&1 |
    awk '/^ +Start +[0-9]+:/ {next} / Passed +[0-9.]+ sec *$/ {if (++n % 100 == 0) print "... " n " passed"; fflush(); next}
         {print; fflush()}' || true
  [[ -s $results/$name.xml ]] || record failed "ctest of $name"
}

start_postgres() {
  if [[ -n ${TP_POSTGRES_URL:-} ]]; then return; fi
  say "start PostgreSQL"
  TP_POSTGRES_URL=$(tools/dev/postgres.sh start "$scratch/postgres") || { record failed "start PostgreSQL"; return 0; }
  export TP_POSTGRES_URL
}

start_cluster() {
  say "start Kubernetes"
  if ! cluster_is_up; then started_cluster=yes; fi
  must "start Kubernetes" tools/cluster/cluster up || return 0
  must "images" tools/cluster/cluster images --s3 || return 0
  must "start the gateway" tools/cluster/cluster gateway || return 0
  use_cluster
}

# For single tests: what runs already is used, nothing is started.
use_cluster_if_up() {
  if cluster_is_up; then
    use_cluster
  else
    echo "no cluster is up: tests that need Kubernetes are skipped (./dev cluster up, or ./dev test integration)"
    export TP_ALLOW_SKIP=1
  fi
}

build_release() {
  must "build of the programs" ./dev build release || return
  export TP_BIN_DIR=$root/build/bin
}

# GoogleTest's programs run as they are: with ThreadSanitizer, one process a test would take too long.
run_tsan() {
  local library report status
  must "build with ThreadSanitizer" ./dev build tsan "${libraries_with_threads[@]/%/_test}" || return 0
  for library in "${libraries_with_threads[@]}"; do
    say "tests: ThreadSanitizer on $library"
    report=$results/tsan-$library.xml
    status=0
    limited "build/tsan/bin/${library}_test" --gtest_brief=1 --gtest_output="xml:$report" >"$results/tsan-$library.log" 2>&1 || status=$?
    ((status)) || continue
    tail -n 100 "$results/tsan-$library.log"
    grep -qs '<failure' "$report" || record failed "ThreadSanitizer on $library: exit $status, $results/tsan-$library.log"
  done
}

# fuzz_one NAME: from the committed corpus; what is found goes to build/fuzz/corpus.
fuzz_one() {
  local name=$1 seeds=()
  mkdir -p "build/fuzz/corpus/$name" "$results/fuzz"
  if [[ -d tests/fuzz/corpus/$name ]]; then seeds=("tests/fuzz/corpus/$name"); fi
  "build/fuzz/bin/$name" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$results/fuzz/$name-" "build/fuzz/corpus/$name" "${seeds[@]}" >"$results/fuzz/$name.log" 2>&1 && return
  tail -n 40 "$results/fuzz/$name.log"
  return 1
}

run_fuzz() {
  local target
  must "build of the fuzz targets" ./dev build fuzz || return 0
  export -f fuzz_one
  export results fuzz_seconds
  for target in build/fuzz/bin/*_fuzz; do
    [[ -x $target ]] || { record failed "fuzz: tests/fuzz has no target" && return; }
    say "fuzz: ${target##*/} for $fuzz_seconds s"
    counted "fuzz ${target##*/}" bash -c 'fuzz_one "$1"' - "${target##*/}"
  done
}

run_everything() {
  say "check"
  counted "./dev check" ./dev check
  start_postgres
  if must "build with ASan and UBSan" ./dev build dev; then run_ctest unit -L unit; fi
  if build_release; then
    start_cluster
    if [[ -f build/dev/CTestTestfile.cmake ]]; then run_ctest whole -LE 'unit|bench'; fi
  fi
  run_tsan
  run_fuzz
}

run_soak() {
  deadline=360000
  fuzz_seconds=600
  export TP_SOAK=1
  start_postgres
  must "build with ASan and UBSan" ./dev build dev || return 0
  build_release || return 0
  start_cluster
  run_ctest soak -LE bench
  run_fuzz
}

run_selected() {
  start_postgres
  must "build with ASan and UBSan" ./dev build dev || return 0
  case $1 in
    unit) run_ctest unit -L unit ;;
    contract | integration | e2e)
      build_release || return 0
      start_cluster
      run_ctest "$1" -L "$1"
      ;;
    *)
      export TP_BIN_DIR=$root/build/bin
      use_cluster_if_up
      run_ctest selected -R "$1"
      ;;
  esac
}

clean_up() {
  tools/dev/postgres.sh stop "$scratch/postgres"
  rm -rf "$scratch"
  if [[ -n $started_cluster ]]; then tools/cluster/cluster down || true; fi
}

(($# <= 1)) || usage_error "test takes one label or name"
tools/dev/setup.sh
rm -rf "$results"
mkdir -p "$results"
scratch=$(mktemp -d)
chmod 755 "$scratch" # PostgreSQL works in it under a user of its own
trap clean_up EXIT
trap 'exit 130' INT TERM
case ${1:-} in
  '') run_everything ;;
  soak) run_soak ;;
  *) run_selected "$1" ;;
esac
say "all runs are over"
python3 tools/dev/summary.py "$results"
