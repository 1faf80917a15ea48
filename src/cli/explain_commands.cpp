#include "cli/explain_commands.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/graph_text.h"
#include "cli/print_document.h"
#include "cli/suggestion.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

/// The word; the first allowed one where there is none.
Result<std::string> word_of_format(const std::string& text, const std::vector<std::string>& allowed) {
  if (text.empty()) return allowed.front();
  if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return text;
  return base::invalid("-o " + text + " is not one of " + base::join(allowed, ", ") + did_you_mean(text, allowed));
}

/// "workload-instance/web", "v1/Pod/dev/web-1".
std::string label_of(const schema::Registry& registry, const json::Value& link) {
  const schema::KindDescriptor* kind = registry.find(link.at("Kind").text());
  if (kind == nullptr) return std::string(link.at("Object").text());
  return label(*kind, link.at("Name").text());
}

/// Prints one explanation for people.
class Told {
 public:
  Told(Session& session, client::Api& api, const json::Value& explanation)
      : session_(session), api_(api), told_(explanation), now_(session.environment().clock.now()) {}

  Result<void> print() {
    const bool is_ready = told_.at("Ready") == json::Value(true);
    Output& output = session_.output();
    output.line(output.paint(told_.at("Summary").text(), is_ready ? Colour::green : Colour::red));
    if (is_ready) return {};
    print_chain();
    output.line("");
    const std::string_view since = told_.at("Since").text();
    if (!since.empty()) output.line("Since:   " + when(since));
    TP_CHECK(print_change());
    output.line("Fix:     " + output.paint(told_.at("Fix").text(), Colour::bold));
    return {};
  }

 private:
  void print_chain() {
    const json::Array* chain = told_.at("Chain").if_array();
    if (chain == nullptr) return;
    Table table({"CHAIN", "REASON", "BECAUSE OF"});
    for (const json::Value& link : *chain) {
      table.add({label_of(session_.registry(), link), std::string(link.at("Reason").text()),
                 one_line(link.at("Message").text())});
    }
    session_.output().line("");
    session_.output().table(table, 2);
  }

  Result<void> print_change() {
    const json::Value& change = told_.at("Change");
    if (change.is_null()) return {};
    const schema::KindDescriptor* kind = session_.registry().find(change.at("Kind").text());
    const auto id = change.at("ID").as_int().value_or(0);
    if (kind == nullptr) return {};
    ReferenceNames names(api_, session_.registry());
    TP_TRY(const std::string name, names.name(kind->name, id));
    const std::string_view member = change.at("Member").text();
    session_.output().line("Change:  " + std::string(change.at("By").text()) +
                           (member.empty() ? " made " : " changed ") + label(*kind, name) +
                           (member.empty() ? "" : ", " + std::string(member)) + ", " + when(change.at("At").text()) +
                           "; sequence " + json::dump(change.at("Sequence")));
    return {};
  }

  [[nodiscard]] std::string when(std::string_view time) const {
    return std::string(time) + " (" + age(time, now_) + " ago)";
  }

  Session& session_;
  client::Api& api_;
  const json::Value& told_;
  const base::TimePoint now_;
};

Result<int> explain(Session& session, const ExplainOptions& options) {
  TP_TRY(const std::string format, word_of_format(options.format, {"plain", "json", "yaml"}));
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  if (options.target.name.empty())
    return base::invalid("explain needs a name: tptctl explain " + subject.word + " NAME");
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const Object object, session.find(subject, options.target));
  TP_TRY(const client::Answer answer,
         api->call("GET", "/v0/explain/" + std::string(subject.kind->path) + "/" + std::to_string(object.id())));
  if (format == "plain") {
    TP_CHECK(Told(session, *api, answer.first()).print());
  } else {
    print_document(session.output(), answer.first(), format == "json" ? Format::json : Format::yaml);
  }
  return 0;
}

/// The query of the graph that is asked for.
Result<std::string> graph_query(Session& session, client::Api& api, const Target& target) {
  if (!target.kind.empty()) {
    TP_TRY(const Subject subject, session.vocabulary().find(target.kind));
    if (subject.kind->name != "WorkloadInstance")
      return base::invalid(
          "a graph is of a workload, of an environment or of all: tptctl graph workload NAME, "
          "tptctl graph --environment NAME, tptctl graph");
    if (target.name.empty()) return base::invalid("graph needs a name: tptctl graph " + subject.word + " NAME");
    TP_TRY(const Object object, session.find(subject, target));
    return "?workloadinstance=" + std::to_string(object.id());
  }
  TP_TRY(const std::string environment, session.environment(target.environment));
  if (environment.empty()) return std::string();
  const schema::KindDescriptor* kind = session.registry().find("Environment");
  if (kind == nullptr) return base::invalid("this tptctl knows no environments");
  TP_TRY(const Object object, api.find_by_name(*kind, environment));
  return "?environment=" + std::to_string(object.id());
}

Result<int> graph(Session& session, const ExplainOptions& options) {
  TP_TRY(const std::string format, word_of_format(options.format, {"plain", "dot", "json", "yaml"}));
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const std::string query, graph_query(session, *api, options.target));
  TP_TRY(const client::Answer answer, api->call("GET", "/v0/graph" + query));
  if (format == "dot") {
    session.output().line(graph_dot(answer.first()));
  } else if (format != "plain") {
    print_document(session.output(), answer.first(), format == "json" ? Format::json : Format::yaml);
  } else if (const Table tree = graph_tree(answer.first()); tree.empty()) {
    session.output().info("there are no workloads and no dependencies");
  } else {
    session.output().table(tree);
  }
  return 0;
}

}  // namespace

void define_explain(CLI::App& app, ExplainOptions& options,
                    const std::function<void(CLI::App&, std::function<Result<int>(Session&)>)>& run) {
  const auto define = [&](const std::string& name, const std::string& doc, const std::string& formats,
                          const std::string& examples) -> CLI::App& {
    CLI::App* sub = app.add_subcommand(name, doc);
    sub->fallthrough();
    sub->footer("Examples:\n" + examples);
    sub->add_option("KIND", options.target.kind, "Kind of the object: singular, plural or alias");
    sub->add_option("NAME", options.target.name, "Its name");
    sub->add_option("--environment", options.target.environment,
                    "Environment of the workload; else CurrentEnvironment of the configuration file");
    sub->add_option("-o,--output", options.format, formats);
    return *sub;
  };
  run(define("explain", "Show why an object is not ready: the chain to the cause, the change that broke it, the fix",
             "plain, json or yaml",
             "  tptctl explain workload web --environment dev\n  tptctl explain kubernetes-runtime local -o json"),
      [&options](Session& session) { return explain(session, options); });
  run(define("graph", "Show who uses which dependency, in all or in one environment, or of one workload",
             "plain, dot, json or yaml",
             "  tptctl graph\n  tptctl graph workload web --environment dev\n"
             "  tptctl graph --environment dev -o dot | dot -Tsvg > dev.svg"),
      [&options](Session& session) { return graph(session, options); });
}

}  // namespace threeport::cli
