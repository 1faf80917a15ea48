// `completion SHELL`: scripts that ask `tptctl __complete` what may come next.
#include "cli/commands.h"

namespace threeport::cli {

namespace {

constexpr std::string_view kBash = R"script(# tptctl completion for bash: source <(tptctl completion bash)
_tptctl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tptctl tptctl
)script";

constexpr std::string_view kZsh = R"script(#compdef tptctl
# tptctl completion for zsh: a file named _tptctl in a folder of $fpath
_tptctl() {
  local line
  local -a candidates
  for line in ${(f)"$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    # The word and what it means are apart by a tab here, and by a colon there.
    candidates+=("${${line//:/\\:}/$'\t'/:}")
  done
  _describe tptctl candidates
}
if [[ ${funcstack[1]} == _tptctl ]]; then _tptctl "$@"; else compdef _tptctl tptctl; fi
)script";

constexpr std::string_view kFish = R"script(# tptctl completion for fish: ~/.config/fish/completions/tptctl.fish
function __tptctl_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  if contains -- :files $found
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c tptctl -f -a '(__tptctl_complete)'
)script";

}  // namespace

base::Result<int> completion(Session& session, const std::string& shell) {
  if (shell.empty()) return base::invalid("SHELL is missing: tptctl completion bash, zsh or fish");
  const std::string_view script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : "";
  if (script.empty())
    return base::invalid("there is no completion for \"" + shell + "\"; there is for bash, zsh and fish");
  session.environment().out << script;
  return 0;
}

}  // namespace threeport::cli
