#!/usr/bin/env bash
# What tptctl says about itself: the page of documents is the one in docs/, the manual has no mistakes, the completion
# scripts work in their shells.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${TP_BIN_DIR:?names the folder of the programs; ./dev test sets it}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch PATH=$TP_BIN_DIR:$PATH

tptctl documents -o markdown >"$scratch/documents.md"
diff -u "$root/docs/reference/documents.md" "$scratch/documents.md" ||
  { echo "write it anew: tptctl documents -o markdown > docs/reference/documents.md" >&2; exit 1; }
echo "documents.md is up to date"

tptctl man >"$scratch/tptctl.1"
if command -v mandoc >/dev/null; then
  mandoc -T lint -W error "$scratch/tptctl.1"
  echo "the manual has no mistakes (mandoc)"
fi
if command -v groff >/dev/null; then
  warnings=$(groff -man -ww -Tutf8 "$scratch/tptctl.1" 2>&1 >"$scratch/text")
  [[ -z $warnings ]] || { echo "$warnings" >&2; exit 1; }
  [[ -s $scratch/text ]]
  echo "the manual has no mistakes (groff)"
fi

expected="rollback"
tptctl completion bash >"$scratch/completion.bash"
found=$(bash -c 'source "$1"; COMP_WORDS=(tptctl rollb) COMP_CWORD=1; _tptctl; echo "${COMPREPLY[*]}"' - "$scratch/completion.bash")
[[ $found == "$expected" ]] || { echo "bash completes rollb to: $found" >&2; exit 1; }
if command -v fish >/dev/null; then
  tptctl completion fish >"$scratch/completion.fish"
  found=$(fish --private -c "source $scratch/completion.fish; complete -C 'tptctl rollb'" | cut -f1)
  [[ $found == "$expected" ]] || { echo "fish completes rollb to: $found" >&2; exit 1; }
  echo "completion works in fish"
fi
if command -v zsh >/dev/null; then
  tptctl completion zsh >"$scratch/_tptctl"
  zsh -n "$scratch/_tptctl"
  # _describe gets the candidates; the rest of its work is done by zsh.
  found=$(zsh -fc "compdef() { }; source $scratch/_tptctl; _describe() { print -rl -- \$candidates }; words=(tptctl rollb) CURRENT=2; _tptctl")
  [[ $found == "$expected:"* ]] || { echo "zsh completes rollb to: $found" >&2; exit 1; }
  echo "completion works in zsh"
fi
echo "completion works in bash"
