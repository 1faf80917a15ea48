// For tests: the store as a simple map, one write set after the other.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace threeport::store::testing {

/// Knows ReferenceLive, NoneWith and VersionIs. A set writes an object once at most.
class Model {
 public:
  struct Object {
    std::string kind, name, doc;
    std::int64_t version = 0;
    bool live = false;
    std::multiset<std::pair<std::string, std::string>> index;
  };

  /// The kind of the error that the set must fail with; unset where it is admitted.
  std::optional<base::ErrorKind> commit(const WriteSet& set) {
    auto after = objects_;
    for (const auto& put : set.puts) {
      if (auto error = write(after, put)) return error;
    }
    for (const auto& [id, object] : after) {
      for (const auto& [other_id, other] : after) {
        if (id < other_id && object.live && other.live && !object.name.empty() && object.kind == other.kind &&
            object.name == other.name) {
          return base::ErrorKind::conflict;
        }
      }
    }
    for (const auto& precondition : set.preconditions) {
      if (auto error = check(after, precondition)) return error;
    }
    for (const auto& put : set.puts) log_.emplace_back(put.row.id, put.verb);
    objects_ = std::move(after);
    return std::nullopt;
  }

  [[nodiscard]] const std::map<ObjectId, Object>& objects() const { return objects_; }
  [[nodiscard]] const std::vector<std::pair<ObjectId, Verb>>& log() const { return log_; }

 private:
  using Objects = std::map<ObjectId, Object>;

  static std::optional<base::ErrorKind> write(Objects& objects, const Put& put) {
    auto& object = objects[put.row.id];
    if (put.verb == Verb::created) {
      object.live = true;
      object.kind = put.row.kind;
    } else {
      if (!object.live || object.kind != put.row.kind) return base::ErrorKind::not_found;
      if (object.version != put.expected_version) return base::ErrorKind::conflict;
      object.live = put.verb != Verb::deleted;
    }
    object.name = put.row.name;
    object.doc = put.row.doc;
    ++object.version;
    if (put.index || !object.live) object.index.clear();
    if (put.index && object.live) {
      for (const auto& entry : *put.index) object.index.emplace(entry.member, entry.value);
    }
    return std::nullopt;
  }

  std::optional<base::ErrorKind> check(const Objects& after, const Precondition& precondition) const {
    const auto find = [](const Objects& objects, ObjectId id) {
      const auto found = objects.find(id);
      return found != objects.end() && found->second.live ? &found->second : nullptr;
    };
    if (const auto* reference = std::get_if<ReferenceLive>(&precondition)) {
      const auto* object = find(after, reference->id);
      if (object == nullptr || object->kind != reference->kind) return base::ErrorKind::invalid;
    } else if (const auto* version = std::get_if<VersionIs>(&precondition)) {
      const auto* object = find(objects_, version->id);
      if (object == nullptr || object->version != version->version) return base::ErrorKind::conflict;
    } else if (const auto* none = std::get_if<NoneWith>(&precondition)) {
      for (const auto& [id, object] : after) {
        if (object.kind == none->kind && object.index.contains({none->member, none->value})) {
          return base::ErrorKind::conflict;
        }
      }
    }
    return std::nullopt;
  }

  Objects objects_;
  std::vector<std::pair<ObjectId, Verb>> log_;
};

}  // namespace threeport::store::testing
