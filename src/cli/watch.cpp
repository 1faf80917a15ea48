#include <map>

#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;

constexpr base::Millis kReconnect{1'000};

/// "12:03:04" of an RFC 3339 time.
std::string time_of_day(base::TimePoint time) { return base::format_time(time).substr(11, 8); }

std::string in_words(const client::Object& object) {
  std::string out(object.data.at("Status").text());
  const json::Value& ready = object.condition("Ready");
  if (ready.is_null()) return out;
  const std::string_view reason = ready.at("Reason").text(), message = ready.at("Message").text();
  if (!reason.empty() && reason != out) out += (out.empty() ? "" : "  ") + std::string(reason);
  return message.empty() ? out : out + ": " + std::string(message);
}

}  // namespace

Result<int> watch(Session& session, const WatchOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  TP_TRY(client::Api* const api, session.api());
  client::WatchQuery query;
  std::map<client::ObjectId, std::string> names;
  if (!options.target.name.empty()) {
    TP_TRY(const client::Object object, session.find(subject, options.target));
    query.id = object.id();
    names[query.id] = object.name();
  }
  base::Clock& clock = session.environment().clock;
  bool is_over = false;
  const auto print = [&](const client::WatchEvent& event) {
    if (event.sequence > 0) query.since = event.sequence;
    if (event.object.data.is_null()) return true;
    if (options.format == Format::json) {
      json::Object line{{"seq", event.sequence}, {"verb", event.verb}, {"object", event.object.data}};
      session.output().line(json::dump(line));
    } else {
      // What is gone is told by its id alone.
      std::string& name = names[event.object.id()];
      if (!event.object.name().empty()) name = event.object.name();
      if (name.empty()) name = std::to_string(event.object.id());
      const std::string words = one_line(in_words(event.object));
      session.output().line(time_of_day(clock.now()) + "  " + event.verb + "  " + label(*subject.kind, name) +
                            (words.empty() ? "" : "  " + words));
    }
    session.environment().out.flush();
    is_over = query.id != 0 && event.verb == "deleted";
    return !is_over && static_cast<bool>(session.environment().out);
  };
  // A watch that broke goes on where it was; one that never began is an error.
  bool has_begun = false;
  while (true) {
    const auto watched = api->watch(*subject.kind, query, [&](const client::WatchEvent& event) {
      has_begun = true;
      return print(event);
    });
    if (watched) return 0;
    const base::ErrorKind kind = watched.error().kind;
    if (kind == base::ErrorKind::expired) {
      session.output().warning("changes were missed; what exists is listed anew");
      query.since.reset();
      continue;
    }
    if (kind == base::ErrorKind::not_found && has_begun) {
      session.output().info(label(*subject.kind, options.target.name) + " was deleted while the watch was interrupted");
      return 0;
    }
    if (kind != base::ErrorKind::unavailable || !has_begun) return watched.error();
    pause(clock, kReconnect);
  }
}

}  // namespace threeport::cli
