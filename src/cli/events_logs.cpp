#include "cli/commands.h"
#include "cli/happenings.h"
#include "cli/print_document.h"
#include "http/message.h"

namespace threeport::cli {

using base::Result;

namespace {

json::Array to_json(const std::vector<Happening>& happenings, bool with_object) {
  json::Array out;
  for (const Happening& one : happenings) {
    json::Object entry{{"LastSeen", one.time}, {"Type", one.type}, {"Reason", one.reason}};
    if (with_object) entry.append("Object", one.object);
    entry.append("Count", one.count);
    entry.append("Message", one.message);
    out.emplace_back(std::move(entry));
  }
  return out;
}

/// `whose`: " of workload web", or "" for those of all objects.
void print(Session& session, const std::vector<Happening>& happenings, const std::string& whose, Format format) {
  const base::TimePoint now = session.environment().clock.now();
  if (format != Format::table) {
    print_document(session.output(), to_json(happenings, whose.empty()), format);
  } else if (happenings.empty()) {
    session.output().info("there are no events" + whose);
  } else {
    session.output().table(happenings_table(happenings, now, whose.empty()));
  }
}

}  // namespace

Result<int> events(Session& session, const Target& target, Format format) {
  if (target.kind.empty()) {
    TP_TRY(client::Api* const api, session.api());
    TP_TRY(const auto happenings, all_happenings(*api, session.registry()));
    print(session, happenings, "", format);
    return 0;
  }
  TP_TRY(const Subject subject, session.vocabulary().find(target.kind));
  if (target.name.empty()) {
    return base::invalid("events of one object need its name: tptctl events " + subject.word +
                         " NAME; without both, all events are shown");
  }
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Object object, session.find(subject, target));
  TP_TRY(const auto happenings, happenings_of(*api, session.registry(), *subject.kind, object.id()));
  print(session, happenings, " of " + subject.word + " " + target.name, format);
  return 0;
}

Result<int> logs(Session& session, const LogsOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  if (options.target.name.empty()) {
    return base::invalid("logs needs a name: tptctl logs " + subject.word + " NAME");
  }
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Object object, session.find(subject, options.target));
  http::Query query;
  if (!options.container.empty()) query.add("container", options.container);
  if (options.follow) query.add("follow", "true");
  if (options.previous) query.add("previous", "true");
  if (options.tail) query.add("tail", std::to_string(*options.tail));
  std::string target = "/v0/" + std::string(subject.kind->path) + "/" + std::to_string(object.id()) + "/logs";
  if (const std::string text = query.encode(); !text.empty()) target += "?" + text;
  bool is_empty = true;
  std::ostream& out = session.environment().out;
  auto streamed = api->stream(target, [&](std::string_view chunk) {
    is_empty = false;
    out << chunk;
    out.flush();
    return static_cast<bool>(out);
  });
  if (!streamed && is_no_route(streamed.error())) {
    return base::invalid("objects of kind " + std::string(subject.kind->name) +
                         " have no logs: tptctl logs workload NAME");
  }
  TP_CHECK(std::move(streamed));
  if (is_empty) session.output().warning("there is nothing in the logs of " + subject.word + " " + options.target.name);
  return 0;
}

}  // namespace threeport::cli
