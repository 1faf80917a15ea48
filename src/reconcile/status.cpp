#include "reconcile/status.h"

#include <algorithm>
#include <array>

#include "reconcile/backoff.h"

namespace threeport::reconcile {
namespace {

using apiserver::Object;
using base::ErrorKind;
using schema::Condition;

struct Verdict {
  std::string_view status;
  std::string reason, message;
};
struct Verdicts {
  Verdict ready, reconciling, stalled;
};

Verdicts judge(const Outcome& outcome, bool is_deleting) {
  if (outcome.applied && outcome.ready && !is_deleting) {
    return {.ready = {"True", outcome.reason, outcome.message},
            .reconciling = {"False", "Settled", ""},
            .stalled = {"False", "Settled", ""}};
  }
  const std::string& progress = outcome.progress.empty() ? outcome.message : outcome.progress;
  return {.ready = {"False", outcome.reason, outcome.message},
          .reconciling = {"True", is_deleting ? "Deleting" : "Progressing", progress},
          .stalled = {"False", "Retrying", ""}};
}

Verdicts judge(const base::Error& error, bool was_applied) {
  const std::string reason = reason_of(error);
  if (is_stalling(error.kind)) {
    return {.ready = {"False", reason, error.message},
            .reconciling = {"False", "Stalled", ""},
            .stalled = {"True", reason, error.message}};
  }
  // What was applied may well be as healthy as before: nobody knows.
  return {.ready = {was_applied ? "Unknown" : "False", reason, error.message},
          .reconciling = {"True", "Retrying", error.message},
          .stalled = {"False", "Retrying", ""}};
}

const Condition* find(const std::vector<Condition>& conditions, std::string_view type) {
  const auto it =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return it == conditions.end() ? nullptr : &*it;
}

/// Reasons that tell of work in progress, not of trouble.
bool is_trouble(const Condition& ready) {
  constexpr std::array<std::string_view, 5> kCalm{"Healthy", "Progressing", "Deleting", "DependencyNotReady",
                                                  "RuntimeNotReady"};
  return ready.status != "True" && std::find(kCalm.begin(), kCalm.end(), ready.reason) == kCalm.end();
}

/// A message that only counts progress ("1 of 3", "2 of 3") is no event.
bool is_news(const Condition* before, const Condition& after) {
  if (before == nullptr || before->status != after.status || before->reason != after.reason) return true;
  return is_trouble(after) && before->message != after.message;
}

void set_time(const Object& object, std::string_view member, base::TimePoint now, json::Value& members) {
  const bool has_it = object.kind->find(member) != nullptr;
  if (has_it && object.data.find(member) == nullptr) members[member] = base::format_time(now);
}

void add_settled_event(const Object& object, std::vector<EventDraft>& events) {
  const bool is_creation = object.data.find("CreationConfirmed") == nullptr;
  events.push_back({.reason = is_creation ? "SuccessfulCreate" : "SuccessfulUpdate",
                    .note = object.kind->words() + " successfully reconciled for " +
                            (is_creation ? "created" : "updated") + " operation"});
}

}  // namespace

std::string reason_of(const base::Error& error) {
  if (!error.reason.empty()) return error.reason;
  switch (error.kind) {
    case ErrorKind::invalid: return "Rejected";
    case ErrorKind::denied: return "CredentialsInvalid";
    case ErrorKind::not_found:
    case ErrorKind::blocked: return "DependencyNotReady";
    case ErrorKind::internal: return "InternalError";
    case ErrorKind::conflict:
    case ErrorKind::unavailable:
    case ErrorKind::precondition:
    case ErrorKind::expired:
    case ErrorKind::canceled: break;
  }
  return "Failed";
}

std::vector<Condition> conditions_of(const Object& object) {
  std::vector<Condition> out;
  const json::Value& stored = object.data.at("Conditions");
  if (!stored.is_null()) schema::Codec<std::vector<Condition>>::decode(stored, out);
  return out;
}

bool is_exempt(const Object& object) {
  return object.observed == object.generation && object.data.at("Conditions").is_null() && !object.is_deleting();
}

base::Result<json::Value> changed_members(const Object& seen, const json::Value& after) {
  json::Value out = json::Object{};
  for (const schema::FieldDescriptor& field : seen.kind->fields) {
    if (!field.is_stored() || field.has(schema::server_managed) || field.name == "Conditions") continue;
    const json::Value& value = after.at(field.name);
    if (value == seen.data.at(field.name)) continue;
    if (!field.has(schema::status) && !field.has(schema::filled)) {
      return base::internal("the controller changed " + std::string(seen.kind->name) + "." + std::string(field.name) +
                            ", which users declare");
    }
    out[field.name] = value;
  }
  return out;
}

std::vector<Condition> make_conditions(const Attempted& attempted, const std::vector<Condition>& before) {
  const Object& seen = attempted.seen;
  Verdicts verdicts = attempted.result
                          ? judge(*attempted.result, seen.is_deleting())
                          : judge(attempted.result.error(), seen.observed == seen.generation && !seen.is_deleting());
  if (seen.is_deleting() && attempted.result && verdicts.ready.reason == Outcome{}.reason) {
    verdicts.ready.reason = "Deleting";
  }
  std::vector<Condition> out;
  const auto add = [&](std::string_view type, Verdict& verdict) {
    const Condition* old = find(before, type);
    const bool stays = old != nullptr && old->status == verdict.status;
    out.push_back({.type = std::string(type),
                   .status = std::string(verdict.status),
                   .reason = std::move(verdict.reason),
                   .message = std::move(verdict.message),
                   .last_transition = stays ? old->last_transition : attempted.now,
                   .observed_generation = seen.generation});
  };
  add("Ready", verdicts.ready);
  add("Reconciling", verdicts.reconciling);
  add("Stalled", verdicts.stalled);
  return out;
}

StatusChange make_status_change(const Attempted& attempted, const json::Value& changed_members) {
  const Object& seen = attempted.seen;
  const Object& latest = attempted.latest;
  StatusChange out;
  for (const json::Member& member : changed_members.as_object()) {
    if (latest.data.at(member.key) != member.value) out.members[member.key] = member.value;
  }

  const std::vector<Condition> before = conditions_of(latest);
  const std::vector<Condition> after = make_conditions(attempted, before);
  if (after != before) out.members["Conditions"] = schema::Codec<std::vector<Condition>>::encode(after);
  if (is_news(find(before, "Ready"), after.front())) {
    out.events.push_back(
        {.reason = after.front().reason, .note = after.front().message, .is_warning = is_trouble(after.front())});
  }

  const bool is_applied = attempted.result && attempted.result->applied && !seen.is_deleting();
  if (is_applied && latest.observed != seen.generation) {
    out.observed = seen.generation;
    add_settled_event(latest, out.events);
  }
  if (seen.is_deleting()) {
    set_time(latest, "DeletionAcknowledged", attempted.now, out.members);
  } else if (is_applied) {
    set_time(latest, "CreationConfirmed", attempted.now, out.members);
  }
  return out;
}

}  // namespace threeport::reconcile
