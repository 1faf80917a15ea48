#include "cli/man_page.h"

#include "base/text.h"

namespace threeport::cli {

namespace {

constexpr std::string_view kExitCodes = R"(.TP
0
done; with \fB\-\-wait\fR: healthy
.TP
1
a bug, or a plugin that failed
.TP
2
something in the input has to be changed
.TP
3
there is no such object or file
.TP
4
it was changed, or exists, meanwhile: look again
.TP
5
credentials or rights are missing
.TP
6
something else has to happen first
.TP
7
the control plane cannot be reached, or is busy: try again
.TP
8
\fB\-\-wait\fR has timed out
.TP
9
\fB\-\-wait\fR: stalled or failed
)";

constexpr std::string_view kEnvironment = R"(.TP
.B THREEPORT_CONFIG
The configuration file, where \fB\-\-threeport\-config\fR is absent.
.TP
.B THREEPORT_PLUGIN_DIR
Folder of the plugins; else \fI~/.threeport/plugins\fR.
.TP
.B NO_COLOR
Any value turns colours off.
)";

/// Text in the man macros: backslashes and dashes stand for themselves, and no line begins with a control character.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }

std::string options(const std::vector<OptionHelp>& list) {
  std::string out;
  for (const OptionHelp& option : list) {
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
    if (option.takes_value) names += " \\fIVALUE\\fR";
    out += ".TP\n" + names + "\n" + plain(option.doc) + "\n";
  }
  return out;
}

std::string command(const CommandHelp& help) {
  std::string line = bold("tptctl " + help.name);
  for (const ArgumentHelp& argument : help.arguments) line += " [\\fI" + plain(argument.name) + "\\fR]";
  if (!help.options.empty()) line += " [\\fIOPTIONS\\fR]";
  std::string out = ".SS " + plain("tptctl " + help.name) + "\n" + line + "\n.PP\n" + plain(help.doc) + ".\n";
  for (const ArgumentHelp& argument : help.arguments) {
    out += ".TP\n\\fI" + plain(argument.name) + "\\fR\n" + plain(argument.doc) + "\n";
  }
  out += options(help.options);
  if (help.examples.empty()) return out;
  out += ".PP\nExamples:\n.PP\n.nf\n.RS\n";
  for (const std::string& example : help.examples) out += plain(example) + "\n";
  return out + ".RE\n.fi\n";
}

}  // namespace

std::string man_page(const std::vector<CommandHelp>& table, const Vocabulary& vocabulary, const std::string& version) {
  std::string out = ".TH TPTCTL 1 \"\" \"Threeport " + plain(version) + "\" \"User Commands\"\n";
  out += ".SH NAME\ntptctl \\- the command line of Threeport\n";
  out += ".SH SYNOPSIS\n.B tptctl\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n";
  out +=
      ".SH DESCRIPTION\nApplies what documents declare, shows it, waits for it and explains it. Everything goes "
      "through the API of a control plane, which the configuration file names.\n";
  out += ".SH OPTIONS\nThese go with every command.\n" + options(table.front().options);
  out += ".SH COMMANDS\n";
  for (std::size_t i = 1; i < table.size(); ++i) out += command(table[i]);
  out += ".SH KINDS\n\\fIKIND\\fR is a singular, a plural or an alias, without case.\n";
  for (const Subject& subject : vocabulary.subjects()) {
    const std::string alias(subject.is_combined() ? "" : subject.kind->alias);
    out += ".TP\n" + bold(subject.word) + (alias.empty() ? "" : " (" + bold(alias) + ")") + "\n" +
           plain(subject.is_combined() ? "A definition and its instances." : subject.kind->doc) + "\n";
  }
  out += ".SH EXIT STATUS\n" + std::string(kExitCodes);
  out += ".SH ENVIRONMENT\n" + std::string(kEnvironment);
  out +=
      ".SH FILES\n.TP\n.I ~/.threeport/config.yaml\nThe control planes, and how to reach them.\n"
      ".TP\n.I ~/.threeport/plugins\nPrograms that are commands of their own names.\n";
  return out;
}

}  // namespace threeport::cli
