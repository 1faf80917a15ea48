#include "controllers/explain/explanation.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "controllers/explain/fixes.h"
#include "kinds/dependency.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::controllers::explain {
namespace {

namespace k8s = providers::kubernetes;

/// Times of the log and of conditions are taken at different moments of the same second.
constexpr base::Millis kTolerance{1'000};

constexpr std::string_view kWorkload = kinds::WorkloadInstance::kind.name;
constexpr std::string_view kDependency = kinds::DependencyInstance::kind.name;
constexpr std::string_view kDefinition = kinds::WorkloadDefinition::kind.name;

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_delivered(const Key& key) { return key.kind == kWorkload || key.kind == kDependency; }

/// Whether an object that gives this reason may have it from a need of that kind.
bool can_come_from(std::string_view reason, std::string_view kind) {
  constexpr std::array<std::string_view, 5> kOfPlace{"RuntimeNotReady", "RuntimeUnreachable", "CredentialsInvalid",
                                                     "Progressing", "Failed"};
  if (kind == kDependency) return reason == "DependencyNotReady";
  if (kind == kDefinition) return reason == "InvalidManifest";
  return is_one_of(reason, kOfPlace);
}

/// What only takes its time is no cause while something else is in trouble.
int trouble_of(const Subject& subject) {
  constexpr std::array<std::string_view, 3> kCalm{"Progressing", "Deleting", "DependencyNotReady"};
  return is_one_of(subject.reason, kCalm) ? 0 : 1;
}

class Walk {
 public:
  explicit Walk(const Subjects& subjects) : subjects_(subjects) {}

  /// The steps below the subject.
  const std::vector<Step>& below(const Subject& subject) {
    const auto [known, is_new] = ways_.try_emplace(subject.key);
    if (!is_new || subject.ready) return known->second;  // who needs himself in a circle finds no more there
    std::vector<Step> best;
    for (const Need& need : subject.needs) {
      const auto found = subjects_.find(need.key);
      if (found == subjects_.end() || found->second.ready || !can_come_from(subject.reason, need.key.kind)) continue;
      std::vector<Step> way{{&found->second, need.label}};
      const std::vector<Step>& rest = below(found->second);
      way.insert(way.end(), rest.begin(), rest.end());
      if (best.empty() || trouble_of(*way.back().subject) > trouble_of(*best.back().subject)) best = std::move(way);
    }
    return ways_[subject.key] = std::move(best);
  }

 private:
  const Subjects& subjects_;
  std::map<Key, std::vector<Step>> ways_;
};

json::Value to_json(const Link& link) {
  json::Object out{{"Kind", link.kind}};
  if (!link.object.empty()) {
    out.append("Object", link.object);
  } else {
    out.append("ID", link.id);
    out.append("Name", link.name);
  }
  out.append("Reason", link.reason);
  out.append("Message", link.message);
  return json::Value(std::move(out));
}

json::Value to_json(const Change& change) {
  json::Object out{{"Sequence", change.sequence},
                   {"At", base::format_time(change.at)},
                   {"By", change.by},
                   {"Kind", change.key.kind},
                   {"ID", change.key.id}};
  if (!change.member.empty()) out.append("Member", change.member);
  return json::Value(std::move(out));
}

/// "pod web-1", "PersistentVolumeClaim data".
std::string words_of(const Link& link) {
  if (link.object.empty()) return link.name;
  const auto ref = k8s::ObjectRef::parse(link.object);
  if (!ref) return link.object;
  return (ref->kind == "Pod" ? "pod" : ref->kind) + " " + ref->name;
}

std::string summary_of(const std::vector<Step>& way, const Link& cause) {
  const Subject& start = *way.front().subject;
  if (start.ready) return start.name + " is ready";
  std::string out = start.name;
  for (std::size_t i = 1; i < way.size(); ++i) out += (i == 1 ? " waits for " : ", which waits for ") + way[i].label;
  if (way.size() == 1) out += start.reason == "Deleting" ? " is being deleted" : " is not ready";
  out += ": ";
  if (!cause.object.empty()) out += words_of(cause) + ": ";
  return out + cause.message;
}

}  // namespace

json::Value Explanation::to_json() const {
  json::Array links;
  for (const Link& link : chain) links.push_back(explain::to_json(link));
  json::Object out{{"Ready", ready}, {"Summary", summary}, {"Chain", std::move(links)}};
  if (!ready) out.append("RootCause", explain::to_json(chain.back()));
  if (since) out.append("Since", base::format_time(*since));
  if (change) out.append("Change", explain::to_json(*change));
  if (!ready) out.append("Fix", fix);
  return json::Value(std::move(out));
}

std::vector<Step> find_way(const Subjects& subjects, const Key& start) {
  std::vector<Step> out{{&subjects.at(start), ""}};
  Walk walk(subjects);
  const std::vector<Step>& rest = walk.below(*out.front().subject);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

bool is_told_by_cluster(const Subject& subject) {
  constexpr std::array<std::string_view, 7> kOfObjects{
      "Progressing", "ImagePullFailed", "CrashLooping", "Unschedulable", "QuotaExceeded", "Rejected", "Deleting"};
  return !subject.ready && is_delivered(subject.key) && is_one_of(subject.reason, kOfObjects);
}

std::optional<Link> find_refused(const Subject& subject) {
  const std::string_view message = subject.message;
  std::string_view word = message.substr(0, message.find(' '));
  const bool has_colon = word.ends_with(':');
  if (has_colon) word.remove_suffix(1);
  const auto ref = k8s::ObjectRef::parse(word);
  if (!ref || ref->kind.front() < 'A' || ref->kind.front() > 'Z') return std::nullopt;
  const std::size_t rest = has_colon ? std::min(word.size() + 2, message.size()) : 0;
  return Link{.kind = ref->kind == "Pod" ? "Pod" : "Object",
              .id = 0,
              .name = {},
              .object = ref->to_text(),
              .reason = subject.reason,
              .message = std::string(message.substr(rest))};
}

std::vector<Key> suspects_of(const std::vector<Step>& way) {
  std::vector<Key> out;
  const auto add = [&](const Key& key) {
    if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
  };
  // What users declare of a workload reaches its dependencies as parameters; clusters and definitions are not its
  // doing.
  const bool reaches_up = is_delivered(way.back().subject->key);
  for (auto step = way.rbegin(); step != way.rend(); ++step) {
    add(step->subject->key);
    for (const Key& key : step->subject->declared_by) add(key);
    if (!reaches_up) break;
  }
  return out;
}

std::optional<Change> find_culprit(const std::vector<Change>& changes, base::TimePoint since) {
  const Change* out = nullptr;
  for (const Change& change : changes) {
    const bool is_in_time = change.at <= since + kTolerance && change.at >= since - kShortly;
    if (!is_in_time || change.by.starts_with("controller")) continue;
    if (out == nullptr || change.sequence > out->sequence) out = &change;
  }
  return out == nullptr ? std::nullopt : std::optional(*out);
}

std::string members_of(const json::Value& patch) {
  const json::Object* members = patch.if_object();
  if (members == nullptr || members->empty()) return {};
  if (members->size() == 1) {
    const json::Member& only = *members->begin();
    const std::string inner = members_of(only.value);
    return inner.empty() || inner.find(',') != std::string::npos ? only.key : only.key + "." + inner;
  }
  std::vector<std::string> names;
  for (const json::Member& member : *members) names.push_back(member.key);
  return base::join(names, ", ");
}

Explanation conclude(const std::vector<Step>& way, std::optional<Link> culprit, const std::vector<Change>& changes) {
  const Subject& last = *way.back().subject;
  Explanation out{
      .ready = way.front().subject->ready, .summary = {}, .chain = {}, .since = last.since, .change = {}, .fix = {}};
  for (std::size_t i = 0; i < way.size(); ++i) {
    const Subject& subject = *way[i].subject;
    const bool is_last = i + 1 == way.size();
    std::string message = is_last ? subject.message : way[i + 1].label;
    if (is_last && culprit) message = words_of(*culprit);
    out.chain.push_back({.kind = subject.key.kind,
                         .id = subject.key.id,
                         .name = subject.name,
                         .reason = subject.reason,
                         .message = std::move(message)});
  }
  if (culprit) out.chain.push_back(std::move(*culprit));
  const Link& cause = out.chain.back();
  out.summary = summary_of(way, cause);
  if (out.ready) return out;
  if (out.since) out.change = find_culprit(changes, *out.since);
  out.fix = fix_of(cause.kind, cause.reason, cause.message);
  return out;
}

}  // namespace threeport::controllers::explain
