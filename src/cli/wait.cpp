#include "cli/wait.h"

#include <algorithm>

#include "cli/process.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

constexpr base::Millis kPoll{300};
/// How long an outcome that may belong to what ran before is not believed.
constexpr base::Millis kDoubt{15'000};

enum class Phase { waiting, done, failed };

struct State {
  Phase phase = Phase::waiting;
  std::string text;  ///< "Progressing: 1 of 2 pods ready"
};

std::string in_words(const json::Value& condition) {
  std::string text(condition.at("Reason").text());
  const std::string_view message = condition.at("Message").text();
  if (!text.empty() && !message.empty()) text += ": ";
  return text + std::string(message);
}

/// Whether the condition speaks of the object as it is now.
bool is_current(const Object& object, const json::Value& condition) {
  return condition.at("ObservedGeneration").as_int().value_or(0) >= object.data.at("Generation").as_int().value_or(0);
}

State state_of(const Object& object) {
  const json::Value& ready = object.condition("Ready");
  const json::Value& stalled = object.condition("Stalled");
  if (object.is("Ready") && is_current(object, ready)) return {Phase::done, in_words(ready)};
  if (ready.at("Reason").text() == "NoController") return {Phase::done, in_words(ready)};
  if (object.is("Stalled") && is_current(object, stalled)) {
    return {Phase::failed, in_words(ready.is_null() ? stalled : ready)};
  }
  if (ready.is_null() || !is_current(object, ready)) return {Phase::waiting, "waiting for its controller"};
  return {Phase::waiting, in_words(ready)};
}

/// In whole seconds, as people set it.
std::string in_seconds(base::Millis limit) {
  return base::format_duration(std::chrono::ceil<std::chrono::seconds>(limit));
}

/// Follows some objects; one use.
class Waiting {
 public:
  Waiting(Session& session, std::vector<Awaited> objects, base::Millis limit)
      : session_(session),
        objects_(std::move(objects)),
        states_(objects_.size()),
        clock_(session.environment().clock),
        started_(clock_.steady_now()),
        limit_(limit) {}

  /// `look` judges one object; called for each that is still waited for, until none is or the limit has passed.
  template <typename Look>
  Result<bool> run(Look look) {
    while (true) {
      bool is_settled = true;
      std::string unreachable;
      for (std::size_t i = 0; i < objects_.size() && unreachable.empty(); ++i) {
        if (states_[i].phase != Phase::waiting) continue;
        Result<State> state = look(objects_[i]);
        if (!state && state.error().kind != base::ErrorKind::unavailable) return std::move(state).error();
        if (state) {
          states_[i] = std::move(*state);
        } else {
          unreachable = state.error().message;
        }
        is_settled = is_settled && states_[i].phase != Phase::waiting;
      }
      show(unreachable);
      if (is_settled && unreachable.empty()) return true;
      if (has_failed()) return true;
      if (elapsed() >= limit_) return false;
      pause(clock_, std::min(kPoll, limit_ - elapsed()));
    }
  }

  [[nodiscard]] base::Millis elapsed() const {
    return std::chrono::duration_cast<base::Millis>(clock_.steady_now() - started_);
  }
  [[nodiscard]] bool has_failed() const {
    return std::any_of(states_.begin(), states_.end(), [](const State& state) { return state.phase == Phase::failed; });
  }
  /// The objects in that phase with what was last seen of them, one after the other.
  [[nodiscard]] std::string list(Phase phase) const {
    std::string out;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (states_[i].phase != phase) continue;
      if (!out.empty()) out += "; ";
      out += label(*objects_[i].kind, objects_[i].name) + (states_[i].text.empty() ? "" : ": " + states_[i].text);
    }
    return out;
  }
  [[nodiscard]] const Awaited& first(Phase phase) const {
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (states_[i].phase == phase) return objects_[i];
    }
    return objects_.front();
  }

 private:
  void show(const std::string& unreachable) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const State& state = states_[i];
      const bool is_waiting = state.phase == Phase::waiting;
      // The seconds stand where a narrow terminal does not cut them off.
      std::string line = label(*objects_[i].kind, objects_[i].name);
      if (is_waiting && session_.environment().is_terminal) {
        line += " (" + std::to_string(elapsed().count() / 1000) + "s)";
      }
      line += "  ";
      line += is_waiting && !unreachable.empty() ? "the control plane does not answer, asking again" : state.text;
      lines.push_back(std::move(line));
    }
    session_.output().progress(lines);
  }

  Session& session_;
  std::vector<Awaited> objects_;
  std::vector<State> states_;
  base::Clock& clock_;
  const std::chrono::steady_clock::time_point started_;
  const base::Millis limit_;
};

/// The newest revision of a workload instance, or null.
Result<json::Value> newest_revision(client::Api& api, const schema::Registry& registry, const Awaited& awaited) {
  const KindDescriptor* revisions = registry.find("Revision");
  if (revisions == nullptr) return json::Value();
  TP_TRY(const auto rows, api.list(*revisions, {{"workloadinstanceid", std::to_string(awaited.id)}}));
  json::Value newest;
  for (const Object& row : rows) {
    if (row.data.at("Number").as_int().value_or(0) > newest.at("Number").as_int().value_or(0)) newest = row.data;
  }
  return newest;
}

/// Whether the state of a workload instance may still be that of the revision before.
Result<bool> is_outdated(client::Api& api, const schema::Registry& registry, const Awaited& awaited,
                         const Object& object, Phase phase) {
  if (!awaited.definition_generation && !awaited.after_revision) return false;
  TP_TRY(const json::Value newest, newest_revision(api, registry, awaited));
  if (newest.at("DefinitionGeneration").as_int().value_or(0) < awaited.definition_generation.value_or(0)) return true;
  if (awaited.after_revision && newest.at("Number").as_int().value_or(0) <= *awaited.after_revision) return true;
  const auto id = newest.at("ID").as_int();
  if (object.data.at("TargetRevisionID").as_int() != id) return true;
  // Ready may still be that of the revision before until the new one is known to be good.
  return phase == Phase::done && object.data.find("GoodRevisionID") != nullptr &&
         object.data.at("GoodRevisionID").as_int() != id;
}

}  // namespace

std::string label(const KindDescriptor& kind, std::string_view name) { return word_of(kind) + "/" + std::string(name); }

Result<int> wait_until_ready(Session& session, std::vector<Awaited> objects, base::Millis limit) {
  if (objects.empty()) return 0;
  TP_TRY(client::Api* const api, session.api());
  Waiting waiting(session, std::move(objects), limit);
  TP_TRY(const bool is_settled, waiting.run([&](const Awaited& awaited) -> Result<State> {
    auto found = api->get(*awaited.kind, awaited.id);
    if (!found && found.error().kind == base::ErrorKind::not_found) {
      return base::not_found(label(*awaited.kind, awaited.name) + " was deleted while it was waited for");
    }
    TP_TRY(const Object object, std::move(found));
    State state = state_of(object);
    if (state.phase == Phase::waiting || waiting.elapsed() >= kDoubt) return state;
    TP_TRY(const bool is_old, is_outdated(*api, session.registry(), awaited, object, state.phase));
    if (is_old) return State{Phase::waiting, "waiting for its controller"};
    return state;
  }));
  session.output().end_progress();
  if (is_settled && !waiting.has_failed()) {
    session.output().complete(waiting.list(Phase::done));
    return 0;
  }
  const Phase phase = is_settled ? Phase::failed : Phase::waiting;
  const Awaited& culprit = waiting.first(phase);
  session.output().error(base::unavailable(
      (is_settled ? "this stays as it is until something changes: " : "not ready after " + in_seconds(limit) + ": ") +
      waiting.list(phase) + " (`tptctl describe " + word_of(*culprit.kind) + " " + culprit.name + "` shows more)"));
  return is_settled ? kFailed : kTimedOut;
}

Result<int> wait_until_gone(Session& session, std::vector<Awaited> objects, base::Millis limit) {
  if (objects.empty()) return 0;
  TP_TRY(client::Api* const api, session.api());
  Waiting waiting(session, std::move(objects), limit);
  TP_TRY(const bool is_settled, waiting.run([&](const Awaited& awaited) -> Result<State> {
    auto object = api->get(*awaited.kind, awaited.id);
    if (!object && object.error().kind == base::ErrorKind::not_found) return State{Phase::done, "deleted"};
    if (!object) return std::move(object).error();
    const json::Value& ready = object->condition("Ready");
    // Until its controller has taken the deletion up, the condition tells of the time before.
    const bool is_told = !ready.is_null() && is_current(*object, ready);
    return State{Phase::waiting, is_told ? in_words(ready) : "being deleted"};
  }));
  session.output().end_progress();
  if (is_settled) return 0;
  const Awaited& culprit = waiting.first(Phase::waiting);
  session.output().error(base::unavailable("not gone after " + in_seconds(limit) +
                                           ", the deletion goes on: " + waiting.list(Phase::waiting) +
                                           " (`tptctl describe " + word_of(*culprit.kind) + " " + culprit.name +
                                           "` shows more; `tptctl delete --abandon` gives up what cannot be reached)"));
  return kTimedOut;
}

}  // namespace threeport::cli
