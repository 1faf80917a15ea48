#include <algorithm>

#include "base/yaml.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

Result<void> need_name(const Subject& subject, const Target& target, std::string_view command) {
  if (!target.name.empty()) return {};
  return base::invalid(std::string(command) + " needs a name: tptctl " + std::string(command) + " " + subject.word +
                       " NAME");
}

void print(Session& session, const json::Array& values, Format format) {
  std::string text = format == Format::json ? json::dump_pretty(values) : base::yaml::dump(values);
  while (text.ends_with('\n')) text.pop_back();
  session.output().line(text);
}

/// The kind of the immutable descriptions of this kind's objects, and their reference to it; nullptr where there are
/// none.
const schema::Referrer* revisions_of(const schema::Registry& registry, const KindDescriptor& kind) {
  for (const schema::Referrer& part : registry.parts_of(kind.name)) {
    if (part.kind->name == "Revision" && !part.field->query.empty()) return &part;
  }
  return nullptr;
}

Result<std::vector<Object>> read_revisions(client::Api& api, const schema::Referrer& part, const Object& object) {
  TP_TRY(auto rows, api.list(*part.kind, {{std::string(part.field->query), std::to_string(object.id())}}));
  std::stable_sort(rows.begin(), rows.end(), [](const Object& a, const Object& b) {
    return a.data.at("Number").as_int().value_or(0) > b.data.at("Number").as_int().value_or(0);
  });
  return rows;
}

/// Whether the instance runs the revision, wants it, or has it to fall back on.
std::string_view state_of(const Object& revision, const Object& instance) {
  const bool is_target = instance.data.at("TargetRevisionID").as_int() == revision.id();
  const bool is_good = instance.data.at("GoodRevisionID").as_int() == revision.id();
  if (is_target) return is_good ? "running" : "wanted";
  return is_good ? "last good" : "";
}

Table revisions_table(const std::vector<Object>& rows, const Object& instance, base::TimePoint now) {
  Table table({"REVISION", "STATE", "CAUSE", "BY", "NOTE", "AGE"});
  for (const Object& row : rows) {
    const json::Value& cause = row.data.at("Cause");
    table.add({json::dump(row.data.at("Number")), std::string(state_of(row, instance)),
               std::string(cause.at("Type").text()), std::string(cause.at("By").text()),
               one_line(cause.at("Note").text()), age(row.data.at("CreatedAt").text(), now)});
  }
  return table;
}

Table changes_table(const json::Array& changes, base::TimePoint now) {
  Table table({"SEQUENCE", "AGE", "VERB", "BY", "CHANGED"});
  for (const json::Value& change : changes) {
    std::string members;
    if (const json::Object* patch = change.at("Patch").if_object()) {
      for (const auto& [key, value] : *patch) members += (members.empty() ? "" : ", ") + key;
    }
    if (const std::string_view reason = change.at("Reason").text(); !reason.empty())
      members += (members.empty() ? "(" : " (") + std::string(reason) + ")";
    table.add({json::dump(change.at("Sequence")), age(change.at("At").text(), now),
               std::string(change.at("Verb").text()), std::string(change.at("By").text()), one_line(members, 80)});
  }
  return table;
}

}  // namespace

Result<int> history(Session& session, const HistoryOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  TP_CHECK(need_name(subject, options.target, "history"));
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const Object object, session.find(subject, options.target));
  const base::TimePoint now = session.environment().clock.now();
  const bool is_table = options.format == Format::table;
  if (const schema::Referrer* part = revisions_of(session.registry(), *subject.kind)) {
    TP_TRY(const auto rows, read_revisions(*api, *part, object));
    json::Array values;
    for (const Object& row : rows) values.push_back(row.data);
    if (!is_table) {
      print(session, values, options.format);
    } else if (rows.empty()) {
      session.output().info(label(*subject.kind, object.name()) + " has no revisions yet");
    } else {
      session.output().table(revisions_table(rows, object, now));
    }
    return 0;
  }
  auto asked = api->call(
      "GET", "/v0/" + std::string(subject.kind->path) + "/" + std::to_string(object.id()) + "/history?size=-1");
  if (!asked && is_no_route(asked.error()))
    return base::invalid("objects of kind " + std::string(subject.kind->name) + " have no history");
  TP_TRY(const client::Answer answer, std::move(asked));
  if (!is_table) {
    print(session, answer.data, options.format);
  } else if (answer.data.empty()) {
    session.output().info("there are no changes of " + label(*subject.kind, object.name()));
  } else {
    session.output().table(changes_table(answer.data, now));
  }
  return 0;
}

Result<int> rollback(Session& session, const RollbackOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  TP_CHECK(need_name(subject, options.target, "rollback"));
  const schema::Referrer* part = revisions_of(session.registry(), *subject.kind);
  if (part == nullptr) {
    return base::invalid("objects of kind " + std::string(subject.kind->name) +
                         " have no revisions; roll back a workload instead");
  }
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const Object object, session.find(subject, options.target));
  TP_TRY(const auto before, read_revisions(*api, *part, object));
  json::Value body = json::Object{};
  if (options.to) body["To"] = *options.to;
  TP_TRY(const client::Answer answer,
         api->call("POST", "/v0/" + std::string(subject.kind->path) + "/" + std::to_string(object.id()) + "/rollback",
                   body));
  session.output().line(label(*subject.kind, object.name()) + " " +
                        session.output().paint("rolled back", Colour::yellow) +
                        (options.to ? " to revision " + std::to_string(*options.to) : ""));
  if (!options.wait) return 0;
  const std::int64_t newest = before.empty() ? 0 : before.front().data.at("Number").as_int().value_or(0);
  return wait_until_ready(session, {{subject.kind, object.id(), std::string(object.name()), {}, newest}},
                          *options.wait);
}

}  // namespace threeport::cli
