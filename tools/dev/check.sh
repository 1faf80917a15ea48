#!/usr/bin/env bash
# check.sh [--all | --staged]: what a machine can judge without running the program. --all: clang-tidy on every file
# instead of the changed ones; --staged: the fast part, on staged files.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

# Some 10 s a file: a clone without history, where all files look changed, must not take an hour.
readonly most_files_for_tidy=16

failures=()
run() {
  local what=$1
  shift
  say "check: $what"
  "$@" || failures+=("$what")
}

# files GLOB...: the committed and new ones of the tree, or of what is staged.
files() {
  if [[ $mode == --staged ]]; then
    git diff --cached --name-only --diff-filter=ACMR -- "$@"
  else
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
      if [[ -f $file ]]; then echo "$file"; fi
    done
  fi
}

# What differs from HEAD, or what HEAD changed where nothing does.
changed() {
  local list
  list=$({ git diff --name-only --diff-filter=ACMR HEAD; git ls-files --others --exclude-standard; } | grep -E '\.(h|cpp)$') || true
  if [[ -z $list ]]; then
    list=$(git diff --name-only --diff-filter=ACMR 'HEAD^1' HEAD 2>/dev/null || git ls-files) || true
  fi
  grep -E '\.(h|cpp)$' <<<"$list" || true
}

# A header is judged through a source that includes it.
sources_of() {
  local file
  while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      src/*.h)
        if [[ -f ${file%.h}.cpp ]]; then
          echo "${file%.h}.cpp"
        else
          git grep -l --untracked -F "#include \"${file#src/}\"" -- '*.cpp' | head -n 1 || true
        fi
        ;;
    esac
  done | sort -u
}

format() { files '*.h' '*.cpp' | xargs -r -d '\n' clang-format-19 --dry-run -Werror; }

compile_commands() {
  local preset
  for preset in dev release tsan coverage fuzz; do
    if [[ -f build/$preset/compile_commands.json ]]; then
      echo "build/$preset"
      return
    fi
  done
  mkdir -p build
  configure dev >&2
  echo build/dev
}

tidy() {
  local commands sources known
  commands=$(compile_commands) || return
  if [[ $mode == --all ]]; then sources=$(files '*.cpp'); else sources=$(changed | sources_of); fi
  known=$(python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1])): print(entry["file"])' "$commands/compile_commands.json" | sed "s|^$root/||")
  sources=$(grep -xF -f <(printf '%s\n' "$known") <<<"$sources") || return 0
  if [[ $mode != --all ]] && (($(wc -l <<<"$sources") > most_files_for_tidy)); then
    echo "clang-tidy takes the first $most_files_for_tidy of $(wc -l <<<"$sources") files; ./dev check --all takes them all"
    sources=$(head -n "$most_files_for_tidy" <<<"$sources")
  fi
  xargs -r -d '\n' -P "$(jobs)" -n 1 clang-tidy-19 --quiet -p "$commands" \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error <<<"$sources" 2> >(grep -v 'warnings\? generated\.$' >&2)
}

scripts() {
  local file status=0
  while read -r file; do
    bash -n "$file" || status=1
    if command -v shellcheck >/dev/null; then
      shellcheck -S warning -x -e SC1091 -P SCRIPTDIR "$file" || status=1
    fi
  done < <({ files '*.sh'; files | xargs -r -d '\n' grep -lIE -m 1 '^#!.*\b(ba)?sh\b'; } | sort -u)
  while read -r file; do
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || status=1
  done < <(files '*.py')
  return "$status"
}

# With --staged only the staged files go to the checker; where there are none, it has nothing to do.
checker() {
  local script=$1
  if [[ $mode != --staged ]]; then
    python3 "$script"
  elif [[ -n $(files) ]]; then
    files | tr '\n' '\0' | xargs -0 python3 "$script"
  fi
}

checkers_tests() {
  local test output
  for test in tools/dev/*_test.py; do
    if ! output=$(python3 "$test" 2>&1); then
      printf '%s\n' "$output"
      return 1
    fi
  done
}

mode=${1:-}
case $mode in
  '' | --all | --staged) ;;
  *) usage_error "check: no option $mode" ;;
esac

if [[ $mode != --staged ]]; then "$root/tools/dev/setup.sh" build format tidy; fi
run "format (./dev fmt mends it)" format
run "layers" checker tools/check_layers.py
run "limits" checker tools/check_limits.py
run "docs and paths" checker tools/dev/check_docs.py
run "scripts" scripts
if [[ $mode != --staged ]]; then
  run "the checkers' own tests" checkers_tests
  run "clang-tidy" tidy
fi
if ((${#failures[@]})); then
  say "check: FAILED: $(printf '%s; ' "${failures[@]}" | sed 's/; $//')"
  exit 1
fi
say "check: all passed"
