#include "cli/reference_commands.h"

#include <CLI/CLI.hpp>

#include "cli/document_reference.h"
#include "cli/man_page.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

Result<int> documents(Session& session, const ReferenceOptions& options) {
  if (options.format == "markdown") {
    if (!options.kind.empty()) {
      return base::invalid("-o markdown is the page of all documents; leave out " + options.kind);
    }
    session.environment().out << document_page(session.vocabulary());
    return 0;
  }
  if (!options.format.empty() && options.format != "table") {
    return base::invalid("-o " + options.format + " is not one of table, markdown" +
                         did_you_mean(options.format, {"table", "markdown"}));
  }
  if (!options.kind.empty()) {
    TP_TRY(const Subject subject, session.vocabulary().find(options.kind));
    if (!is_document(subject)) {
      return base::invalid("a " + subject.word +
                           " cannot be written as a document; `tptctl documents` lists those that can");
    }
    session.output().table(document_keys(subject, session.registry()));
    return 0;
  }
  Table table({"DOCUMENT", "MAKES"});
  for (const Subject& subject : session.vocabulary().subjects()) {
    if (!is_document(subject)) continue;
    table.add({subject.name, subject.is_combined() ? "a definition and an instance" : std::string(subject.kind->doc)});
  }
  session.output().table(table);
  return 0;
}

}  // namespace

void define_reference(CLI::App& app, ReferenceOptions& options,
                      const std::function<void(CLI::App&, std::function<Result<int>(Session&)>)>& run) {
  CLI::App* sub = app.add_subcommand("documents", "Show which documents there are, and the keys of one");
  sub->fallthrough();
  sub->footer("Examples:\n  tptctl documents\n  tptctl documents gateway");
  sub->add_option("KIND", options.kind, "Kind of the document");
  sub->add_option("-o,--output", options.format, "table or markdown");
  run(*sub, [&options](Session& session) { return documents(session, options); });

  sub = app.add_subcommand("man", "Print the manual page of tptctl");
  sub->fallthrough();
  sub->footer("Examples:\n  tptctl man | man -l -");
  run(*sub, [&app](Session& session) -> Result<int> {
    session.environment().out << man_page(command_table(app), session.vocabulary(), session.environment().version);
    return 0;
  });
}

}  // namespace threeport::cli
