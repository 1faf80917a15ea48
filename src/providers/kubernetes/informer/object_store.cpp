#include "providers/kubernetes/informer/object_store.h"

#include <charconv>

namespace threeport::providers::kubernetes::informer {

namespace {

using base::json::Value;

std::pair<std::string, std::string> name_of(const Value& object) {
  return {std::string(object.at("metadata", "namespace").text()), std::string(object.at("metadata", "name").text())};
}

std::string_view uid_of(const Value& object) { return object.at("metadata", "uid").text(); }

Change make_change(Change::Type type, LiveObject object) {
  ObjectRef ref = ref_of(*object);
  return {type, std::move(ref), std::move(object)};
}

}  // namespace

std::uint64_t version_of(const Value& object) {
  const std::string_view text = object.at("metadata", "resourceVersion").text();
  std::uint64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

LiveObject ObjectStore::find(std::string_view ns, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = objects_.find({std::string(ns), std::string(name)});
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<LiveObject> ObjectStore::by_label(std::string_view key, std::string_view value) const {
  std::vector<LiveObject> out;
  const std::shared_lock lock(mutex_);
  const auto found = by_label_.find(std::string(key) + "=" + std::string(value));
  if (found == by_label_.end()) return out;
  out.reserve(found->second.size());
  for (const Name& name : found->second) out.push_back(objects_.at(name));
  return out;
}

std::vector<LiveObject> ObjectStore::all() const {
  std::vector<LiveObject> out;
  const std::shared_lock lock(mutex_);
  out.reserve(objects_.size());
  for (const auto& [name, object] : objects_) out.push_back(object);
  return out;
}

std::size_t ObjectStore::size() const {
  const std::shared_lock lock(mutex_);
  return objects_.size();
}

void ObjectStore::index(const Name& name, const Value& object, bool present) {
  for (const std::string& key : indexed_) {
    const std::string_view value = label_of(object, key);
    if (value.empty()) continue;
    std::string term = key + "=" + std::string(value);
    if (present) {
      by_label_[std::move(term)].insert(name);
    } else if (const auto found = by_label_.find(term); found != by_label_.end()) {
      found->second.erase(name);
      if (found->second.empty()) by_label_.erase(found);
    }
  }
}

void ObjectStore::set(const Name& name, LiveObject object) {
  LiveObject& slot = objects_[name];
  if (slot != nullptr) index(name, *slot, false);
  index(name, *object, true);
  slot = std::move(object);
}

void ObjectStore::erase(const Name& name) {
  const auto found = objects_.find(name);
  if (found == objects_.end()) return;
  index(name, *found->second, false);
  objects_.erase(found);
}

bool ObjectStore::is_buried(const Name& name, const Value& object) const {
  const auto found = buried_.find(name);
  return found != buried_.end() && found->second == uid_of(object);
}

std::optional<Change> ObjectStore::put(LiveObject object) {
  const Name name = name_of(*object);
  const std::unique_lock lock(mutex_);
  if (is_buried(name, *object)) return std::nullopt;
  const auto found = objects_.find(name);
  if (found != objects_.end() && version_of(*found->second) >= version_of(*object)) return std::nullopt;
  const auto type = found == objects_.end() ? Change::Type::added : Change::Type::modified;
  set(name, object);
  return make_change(type, std::move(object));
}

std::optional<Change> ObjectStore::remove(LiveObject object) {
  const Name name = name_of(*object);
  const std::unique_lock lock(mutex_);
  // Shown even where we knew before: whoever waits for the end is to be woken.
  const bool known = buried_.erase(name) > 0;
  const auto found = objects_.find(name);
  if (found == objects_.end()) {
    if (known) return make_change(Change::Type::removed, std::move(object));
    return std::nullopt;
  }
  if (uid_of(*found->second) != uid_of(*object) && version_of(*found->second) > version_of(*object)) {
    return std::nullopt;  // a later incarnation, which we made ourselves
  }
  erase(name);
  return make_change(Change::Type::removed, std::move(object));
}

std::vector<Change> ObjectStore::replace(std::vector<LiveObject> objects, std::uint64_t version) {
  std::vector<Change> changes;
  std::set<Name> listed;
  const std::unique_lock lock(mutex_);
  for (LiveObject& object : objects) {
    Name name = name_of(*object);
    const auto found = objects_.find(name);
    const bool is_new = found == objects_.end();
    if (!is_buried(name, *object) && (is_new || version_of(*found->second) < version_of(*object))) {
      set(name, object);
      changes.push_back(make_change(is_new ? Change::Type::added : Change::Type::modified, std::move(object)));
    }
    listed.insert(std::move(name));
  }
  std::vector<Name> gone;
  for (const auto& [name, object] : objects_) {
    if (!listed.contains(name) && version_of(*object) <= version) gone.push_back(name);
  }
  for (const Name& name : gone) {
    changes.push_back(make_change(Change::Type::removed, objects_.at(name)));
    erase(name);
  }
  std::erase_if(buried_, [&](const auto& entry) { return !listed.contains(entry.first); });
  return changes;
}

std::vector<Change> ObjectStore::clear() {
  std::vector<Change> changes;
  const std::unique_lock lock(mutex_);
  for (const auto& [name, object] : objects_) changes.push_back(make_change(Change::Type::removed, object));
  objects_.clear();
  by_label_.clear();
  buried_.clear();
  return changes;
}

void ObjectStore::write_through(LiveObject object) {
  const Name name = name_of(*object);
  const std::unique_lock lock(mutex_);
  const auto found = objects_.find(name);
  if (found != objects_.end() && version_of(*found->second) >= version_of(*object)) return;
  set(name, std::move(object));
}

void ObjectStore::write_through_removed(std::string_view ns, std::string_view name) {
  const Name key{std::string(ns), std::string(name)};
  const std::unique_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return;
  buried_[key] = std::string(uid_of(*found->second));
  erase(key);
}

}  // namespace threeport::providers::kubernetes::informer
