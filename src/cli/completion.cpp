#include "base/text.h"
#include "cli/commands.h"

namespace threeport::cli {

namespace {

using base::Result;

/// Commands whose first word is a kind and whose second is a name.
constexpr std::string_view kTakesKind = "get describe events logs history rollback delete watch create";

// In the scripts, @COMMANDS@ and @KINDS@ stand for the words; names are asked of the control plane.
constexpr std::string_view kBash = R"script(# tptctl completion for bash: source <(tptctl completion bash)
_tptctl() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $previous in
    -f|--file|-c|--config|--kubeconfig|--threeport-config) compopt -o default; return ;;
    -o|--output) COMPREPLY=($(compgen -W "table wide json yaml name" -- "$word")); return ;;
  esac
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "@COMMANDS@" -- "$word"))
  elif [[ " @TAKES_KIND@ " == *" $command "* ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "@KINDS@" -- "$word"))
    elif ((COMP_CWORD == 3)); then
      COMPREPLY=($(compgen -W "$(tptctl get "${COMP_WORDS[2]}" -o name 2>/dev/null | sed 's|.*/||')" -- "$word"))
    fi
  elif [[ $command == config ]] && ((COMP_CWORD == 2)); then
    COMPREPLY=($(compgen -W "current-control-plane get-control-planes" -- "$word"))
  elif [[ $command == completion ]] && ((COMP_CWORD == 2)); then
    COMPREPLY=($(compgen -W "bash zsh fish" -- "$word"))
  fi
}
complete -F _tptctl tptctl
)script";

constexpr std::string_view kZsh = R"script(#compdef tptctl
# tptctl completion for zsh: a file named _tptctl in a folder of $fpath
_tptctl() {
  local -a commands kinds names
  commands=(@COMMANDS@)
  kinds=(@KINDS@)
  if ((CURRENT == 2)); then
    compadd -a commands
  elif [[ " @TAKES_KIND@ " == *" ${words[2]} "* ]]; then
    if ((CURRENT == 3)); then
      compadd -a kinds
    elif ((CURRENT == 4)); then
      names=(${(f)"$(tptctl get ${words[3]} -o name 2>/dev/null | sed 's|.*/||')"})
      compadd -a names
    else
      _files
    fi
  else
    _files
  fi
}
if [[ ${funcstack[1]} == _tptctl ]]; then _tptctl "$@"; else compdef _tptctl tptctl; fi
)script";

constexpr std::string_view kFish = R"script(# tptctl completion for fish: ~/.config/fish/completions/tptctl.fish
complete -c tptctl -f
complete -c tptctl -n "not __fish_seen_subcommand_from @COMMANDS@" -a "@COMMANDS@"
complete -c tptctl -n "__fish_seen_subcommand_from @TAKES_KIND@; and test (count (commandline -opc)) -eq 2" -a "@KINDS@"
complete -c tptctl -n "__fish_seen_subcommand_from @TAKES_KIND@; and test (count (commandline -opc)) -eq 3" -a "(tptctl get (commandline -opc)[3] -o name 2>/dev/null | string replace -r '.*/' '')"
complete -c tptctl -s f -l file -r -F
complete -c tptctl -s o -l output -x -a "table wide json yaml name"
)script";

std::string fill(std::string text, std::string_view mark, std::string_view words) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + words.size())) {
    text.replace(at, mark.size(), words);
  }
  return text;
}

}  // namespace

Result<int> completion(Session& session, const std::string& shell, const std::vector<std::string>& commands) {
  const std::string_view script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : "";
  if (shell.empty()) return base::invalid("SHELL is missing: tptctl completion bash, zsh or fish");
  if (script.empty())
    return base::invalid("there is no completion for \"" + shell + "\"; there is for bash, zsh and fish");
  std::string text = fill(std::string(script), "@COMMANDS@", base::join(commands, " "));
  text = fill(text, "@KINDS@", base::join(session.vocabulary().words(), " "));
  text = fill(text, "@TAKES_KIND@", kTakesKind);
  session.environment().out << text;
  return 0;
}

}  // namespace threeport::cli
