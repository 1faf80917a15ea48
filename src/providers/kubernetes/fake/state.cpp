#include "providers/kubernetes/fake/state.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "providers/kubernetes/fake/types.h"

namespace threeport::providers::kubernetes::fake {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

constexpr std::size_t kMaxLog = 20'000;
const std::string kNamespaces = "/Namespace";

/// Whether the part that users declare differs: everything but metadata and status.
bool spec_differs(const Value& before, const Value& after) {
  const auto strip = [](Value object) {
    object.as_object().erase("metadata");
    object.as_object().erase("status");
    return object;
  };
  return !(strip(before) == strip(after));
}

bool is_marked(const Value& object) { return !object.at("metadata", "deletionTimestamp").is_null(); }

bool has_finalizers(const Value& object) {
  const Value& finalizers = object.at("metadata", "finalizers");
  return finalizers.is_array() && !finalizers.as_array().empty();
}

std::vector<std::string> owner_uids(const Value* object) {
  std::vector<std::string> uids;
  const Value& owners = object == nullptr ? Value::null() : object->at("metadata", "ownerReferences");
  if (!owners.is_array()) return uids;
  for (const Value& owner : owners.as_array()) uids.emplace_back(owner.at("uid").text());
  return uids;
}

}  // namespace

std::string bucket_of(const TypeRef& type) { return std::string(type.group()) + "/" + type.kind; }

Key key_of(const ObjectRef& ref) { return {bucket_of(ref.type()), ref.ns, ref.name}; }

State::State(base::Clock& clock) : clock_(clock) {
  for (ResourceType& type : built_in_types()) types_.emplace(type.type, std::move(type));
}

const ResourceType* State::find_type(const TypeRef& type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second;
}

std::vector<ResourceType> State::types() const {
  std::vector<ResourceType> all;
  for (const auto& [ref, type] : types_) all.push_back(type);
  return all;
}

void State::add_definition(const Value& definition) {
  const Value& spec = definition.at("spec");
  const Value& versions = spec.at("versions");
  if (!versions.is_array()) return;
  for (const Value& version : versions.as_array()) {
    if (version.at("served") == Value(false)) continue;
    TypeRef type{std::string(spec.at("group").text()) + "/" + std::string(version.at("name").text()),
                 std::string(spec.at("names", "kind").text())};
    types_[type] = {type,
                    std::string(spec.at("names", "plural").text()),
                    spec.at("scope").text() == "Namespaced",
                    {"create", "delete", "get", "list", "patch", "update", "watch"}};
  }
}

void State::remove_definition(const Value& definition) {
  const std::string bucket = std::string(definition.at("spec", "group").text()) + "/" +
                             std::string(definition.at("spec", "names", "kind").text());
  for (const Shared& object : list(bucket, "")) remove(key_of(ref_of(*object)), Propagation::background);
  std::erase_if(types_, [&](const auto& entry) { return bucket_of(entry.first) == bucket; });
}

const Stored* State::find(const Key& key) const {
  const auto bucket = buckets_.find(key.bucket);
  if (bucket == buckets_.end()) return nullptr;
  const auto found = bucket->second.objects.find({key.ns, key.name});
  return found == bucket->second.objects.end() ? nullptr : &found->second;
}

std::vector<Shared> State::list(const std::string& bucket, std::string_view ns) const {
  std::vector<Shared> out;
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return out;
  const auto& objects = found->second.objects;
  for (auto at = ns.empty() ? objects.begin() : objects.lower_bound({std::string(ns), ""}); at != objects.end(); ++at) {
    if (!ns.empty() && at->first.first != ns) break;
    out.push_back(at->second.object);
  }
  return out;
}

void State::record(Bucket& bucket, WatchEvent::Type type, Shared object, Shared before) {
  bucket.log.push_back({version_, type, std::move(object), std::move(before)});
  if (bucket.log.size() <= kMaxLog) return;
  bucket.forgotten = bucket.log.front().version;
  bucket.log.pop_front();
}

void State::index_owners(const Key& key, const Value* before, const Value* after) {
  const std::vector<std::string> old_uids = owner_uids(before);
  const std::vector<std::string> new_uids = owner_uids(after);
  if (old_uids == new_uids) return;
  for (const std::string& uid : old_uids) {
    const auto found = dependents_.find(uid);
    if (found == dependents_.end()) continue;
    std::erase(found->second, key);
    if (found->second.empty()) dependents_.erase(found);
  }
  for (const std::string& uid : new_uids) dependents_[uid].push_back(key);
}

std::vector<Key> State::dependents_of(std::string_view uid) const {
  const auto found = dependents_.find(std::string(uid));
  return found == dependents_.end() ? std::vector<Key>{} : found->second;
}

std::string State::now_text() const {
  return base::format_time(std::chrono::floor<std::chrono::seconds>(clock_.now()));
}

Shared State::put(const Key& key, Value object, Owners owners) {
  Bucket& bucket = buckets_[key.bucket];
  const auto found = bucket.objects.find({key.ns, key.name});
  Shared before = found == bucket.objects.end() ? nullptr : found->second.object;
  Value& metadata = object["metadata"];
  if (before != nullptr) {
    if (*before == object) {
      found->second.owners = std::move(owners);
      return before;
    }
    if (metadata.find("generation") != nullptr && spec_differs(*before, object)) {
      metadata["generation"] = before->at("metadata", "generation").as_int().value_or(0) + 1;
    }
  } else {
    std::array<char, 40> uid{};
    std::snprintf(uid.data(), uid.size(), "00000000-0000-4000-8000-%012llx",
                  static_cast<unsigned long long>(next_uid_++));
    metadata["uid"] = uid.data();
    metadata["creationTimestamp"] = now_text();
    if (object.find("spec") != nullptr && key.bucket != kNamespaces && key.bucket != "/Service") {
      metadata["generation"] = 1;
    }
    ++size_;
  }
  metadata["resourceVersion"] = std::to_string(++version_);
  auto stored = std::make_shared<const Value>(std::move(object));
  index_owners(key, before.get(), stored.get());
  bucket.objects[{key.ns, key.name}] = {stored, std::move(owners)};
  record(bucket, before ? WatchEvent::Type::modified : WatchEvent::Type::added, stored, before);
  changed_.push_back(key);
  return stored;
}

void State::erase(const Key& key) {
  Bucket& bucket = buckets_[key.bucket];
  const auto found = bucket.objects.find({key.ns, key.name});
  if (found == bucket.objects.end()) return;
  const Shared before = found->second.object;
  Value last = *before;
  last["metadata"]["resourceVersion"] = std::to_string(++version_);
  index_owners(key, before.get(), nullptr);
  bucket.objects.erase(found);
  --size_;
  record(bucket, WatchEvent::Type::deleted, std::make_shared<const Value>(std::move(last)), before);
  changed_.push_back(key);
}

void State::mark_deleted(const Key& key) {
  const Stored* stored = find(key);
  if (stored == nullptr || is_marked(*stored->object)) return;
  Value object = *stored->object;
  object["metadata"]["deletionTimestamp"] = now_text();
  object["metadata"]["deletionGracePeriodSeconds"] = 0;
  if (key.bucket == kNamespaces) object["status"]["phase"] = "Terminating";
  put(key, std::move(object), Owners(stored->owners));
}

void State::remove_dependents(const Key& owner, std::string_view uid, Propagation propagation) {
  for (const Key& key : dependents_of(uid)) {
    const Stored* stored = find(key);
    if (stored == nullptr || key == owner) continue;
    const std::vector<std::string> uids = owner_uids(stored->object.get());
    if (propagation == Propagation::orphan || uids.size() > 1) {
      Value object = *stored->object;
      Array rest = object.at("metadata", "ownerReferences").as_array();
      std::erase_if(rest, [&](const Value& other) { return other.at("uid").text() == uid; });
      object["metadata"]["ownerReferences"] = std::move(rest);
      put(key, std::move(object), Owners(stored->owners));
    } else {
      remove(key, Propagation::background);
    }
  }
}

bool State::remove(const Key& key, Propagation propagation) {
  const Stored* stored = find(key);
  if (stored == nullptr) return true;
  const Shared object = stored->object;
  if (has_finalizers(*object)) {
    mark_deleted(key);
    return false;
  }
  if (key.bucket == kNamespaces) {
    mark_deleted(key);
    empty_namespace(key.name);
    if (!hold_namespaces) finish_namespace(key.name);
    return find(key) == nullptr;
  }
  const std::string uid(object->at("metadata", "uid").text());
  erase(key);
  remove_dependents(key, uid, propagation);
  if (key.bucket == "apiextensions.k8s.io/CustomResourceDefinition") remove_definition(*object);
  return true;
}

void State::collect(const Key& key) {
  const Stored* stored = find(key);
  if (stored == nullptr) return;
  const Shared object = stored->object;
  if (is_marked(*object) && !has_finalizers(*object)) remove(key, Propagation::background);
  if (!key.ns.empty() && !hold_namespaces) finish_namespace(key.ns);
}

void State::empty_namespace(const std::string& ns) {
  for (auto& [name, bucket] : buckets_) {
    std::vector<Key> keys;
    for (auto at = bucket.objects.lower_bound({ns, ""}); at != bucket.objects.end() && at->first.first == ns; ++at) {
      keys.push_back({name, at->first.first, at->first.second});
    }
    for (const Key& key : keys) remove(key, Propagation::background);
  }
}

bool State::is_empty_namespace(const std::string& ns) const {
  return std::none_of(buckets_.begin(), buckets_.end(), [&](const auto& entry) {
    const auto at = entry.second.objects.lower_bound({ns, ""});
    return at != entry.second.objects.end() && at->first.first == ns;
  });
}

void State::finish_namespace(const std::string& ns) {
  const Key key{kNamespaces, "", ns};
  const Stored* stored = find(key);
  if (stored == nullptr || !is_marked(*stored->object)) return;
  empty_namespace(ns);
  if (is_empty_namespace(ns) && !has_finalizers(*stored->object)) erase(key);
}

void State::finish_namespaces() {
  for (const Shared& object : list(kNamespaces, ""))
    finish_namespace(std::string(object->at("metadata", "name").text()));
}

std::vector<ObjectRef> State::refs() const {
  std::vector<ObjectRef> out;
  for (const auto& [name, bucket] : buckets_) {
    for (const auto& [key, stored] : bucket.objects) out.push_back(ref_of(*stored.object));
  }
  return out;
}

std::optional<std::vector<LogEntry>> State::log_after(const std::string& bucket, std::uint64_t version) const {
  if (version < forgotten_) return std::nullopt;
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return std::vector<LogEntry>{};
  if (version < found->second.forgotten) return std::nullopt;
  const auto& log = found->second.log;
  const auto from = std::upper_bound(log.begin(), log.end(), version,
                                     [](std::uint64_t v, const LogEntry& entry) { return v < entry.version; });
  return std::vector<LogEntry>(from, log.end());
}

void State::forget_history() {
  // Versions rise, so that nobody who has seen everything up to now is told that it is too old.
  forgotten_ = version_;
  for (auto& [name, bucket] : buckets_) bucket.log.clear();
}

}  // namespace threeport::providers::kubernetes::fake
