#include "store/judge.h"

#include <algorithm>
#include <string>

namespace threeport::store {
namespace {

using base::Result;

std::size_t mix(std::size_t seed, std::string_view text) {
  return seed * 0x9e3779b97f4a7c15U + std::hash<std::string_view>{}(text);
}

const std::vector<IndexEntry> kNoEntries;

base::Error version_conflict(std::string_view kind, ObjectId id, std::int64_t expected, std::int64_t found) {
  auto error = base::conflict(std::string(kind) + " " + std::to_string(id) + " has version " + std::to_string(found) +
                              ", not " + std::to_string(expected) + ": read it again and repeat the change");
  error.reason = "Version";
  return error;
}

bool has_duplicates(const std::vector<Put>& puts) {
  if (puts.size() < 2) return false;
  std::vector<ObjectId> ids;
  ids.reserve(puts.size());
  for (const auto& put : puts) ids.push_back(put.row.id);
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

}  // namespace

std::size_t KeyHash::operator()(const NameKey& key) const { return mix(mix(0, key.first), key.second); }
std::size_t KeyHash::operator()(const IndexKey& key) const {
  return mix(mix(mix(0, std::get<0>(key)), std::get<1>(key)), std::get<2>(key));
}

Facts::Facts(std::span<WriteSet* const> sets) {
  for (const WriteSet* set : sets) {
    enough_holders += static_cast<std::int64_t>(set->puts.size());
    for (const auto& put : set->puts) {
      if (put.verb != Verb::created) objects[put.row.id];
      if (put.verb != Verb::deleted && !put.row.name.empty()) names[{put.row.kind, put.row.name}];
    }
    for (const auto& precondition : set->preconditions) {
      if (const auto* reference = std::get_if<ReferenceLive>(&precondition)) objects[reference->id];
      if (const auto* version = std::get_if<VersionIs>(&precondition)) objects[version->id];
      if (const auto* none = std::get_if<NoneWith>(&precondition)) holders[{none->kind, none->member, none->value}];
      if (const auto* lease = std::get_if<LeaseIs>(&precondition)) epochs[lease->shard];
    }
  }
}

void Facts::set_object(ObjectId id, std::string_view kind, std::string_view name, std::int64_t version, bool live) {
  const auto found = objects.find(id);
  if (found == objects.end()) return;
  auto& object = found->second;
  object.kind = texts.emplace_back(kind);
  object.name = texts.emplace_back(name);
  object.version = version;
  object.live = live;
  object.stored = true;
}

void Facts::set_name(NameKey key, ObjectId holder) {
  if (const auto found = names.find(key); found != names.end()) found->second = {holder, holder};
}

void Facts::add_holder(const IndexKey& key, ObjectId holder) {
  if (const auto found = holders.find(key); found != holders.end()) found->second.insert(holder);
}

Result<Committed> Judge::admit(WriteSet& set) {
  TP_CHECK(check_before(set));
  undo_.clear();
  auto verdict = move_names(set);
  if (verdict) {
    apply(set);
    verdict = check_after(set);
  }
  if (!verdict) {
    std::for_each(undo_.rbegin(), undo_.rend(), [](const auto& undo) { undo(); });
    return std::move(verdict).error();
  }
  return record(set);
}

Result<void> Judge::check_before(const WriteSet& set) const {
  if (has_duplicates(set.puts)) return base::internal("a write set writes the same object twice");
  for (const auto& put : set.puts) {
    const auto& row = put.row;
    const auto found = facts_.objects.find(row.id);
    const bool known = found != facts_.objects.end() && found->second.version != 0;
    if (put.verb == Verb::created) {
      if (known) return base::internal("object id " + std::to_string(row.id) + " is in use");
      continue;
    }
    if (!known || !found->second.live || found->second.kind != row.kind) {
      return base::not_found("there is no " + row.kind + " with id " + std::to_string(row.id));
    }
    if (found->second.version != put.expected_version) {
      return version_conflict(row.kind, row.id, put.expected_version, found->second.version);
    }
  }
  for (const auto& precondition : set.preconditions) {
    if (const auto* expected = std::get_if<VersionIs>(&precondition)) {
      const auto& object = facts_.objects.at(expected->id);
      const auto version = object.live ? object.version : 0;
      if (version != expected->version) {
        return version_conflict("object", expected->id, expected->version, version);
      }
    } else if (const auto* lease = std::get_if<LeaseIs>(&precondition)) {
      if (facts_.epochs.at(lease->shard) != lease->epoch) {
        return base::canceled("another replica has taken over shard " + std::to_string(lease->shard));
      }
    }
  }
  return {};
}

Result<void> Judge::move_names(const WriteSet& set) {
  // First all names of the set are let go, then all are taken: so objects can swap names.
  for (const auto& put : set.puts) {
    if (put.verb == Verb::created) continue;
    const auto held = facts_.names.find({put.row.kind, facts_.objects.at(put.row.id).name});
    if (held != facts_.names.end() && held->second.now == put.row.id) change(held->second.now, ObjectId{0});
  }
  for (const auto& put : set.puts) {
    if (put.verb == Verb::deleted || put.row.name.empty()) continue;
    auto& holder = facts_.names.at({put.row.kind, put.row.name}).now;
    if (holder != 0) {
      auto error = base::conflict("the name \"" + put.row.name + "\" is taken by another " + put.row.kind + " (id " +
                                  std::to_string(holder) + "): choose another name");
      error.reason = "NameTaken";
      return error;
    }
    change(holder, put.row.id);
  }
  return {};
}

void Judge::apply(WriteSet& set) {
  for (auto& put : set.puts) {
    auto& row = put.row;
    auto& object = facts_.objects[row.id];
    row.version = put.verb == Verb::created ? 1 : put.expected_version + 1;
    if (put.verb != Verb::deleted) {
      row.deleted_at.reset();
    } else if (!row.deleted_at) {
      row.deleted_at = at_;
    }
    auto after = object;
    after.kind = row.kind;
    after.name = row.name;
    after.version = row.version;
    after.live = put.verb != Verb::deleted;
    after.row = &row;
    if (!after.live) {
      after.new_index = &kNoEntries;
    } else if (put.index) {
      after.new_index = &*put.index;
    }
    change(object, after);
    if (after.live && put.index) add_to_holders(put);
  }
}

void Judge::add_to_holders(const Put& put) {
  for (const auto& entry : *put.index) {
    const auto found = facts_.holders.find({put.row.kind, entry.member, entry.value});
    if (found == facts_.holders.end() || !found->second.insert(put.row.id).second) continue;
    undo_.push_back([&holders = found->second, id = put.row.id] { holders.erase(id); });
  }
}

bool Judge::still_holds(ObjectId id, const IndexKey& key) const {
  const auto found = facts_.objects.find(id);
  if (found == facts_.objects.end() || found->second.new_index == nullptr) return true;
  const auto& [kind, member, value] = key;
  return std::any_of(found->second.new_index->begin(), found->second.new_index->end(),
                     [&](const IndexEntry& entry) { return entry.member == member && entry.value == value; });
}

Result<void> Judge::check_after(const WriteSet& set) const {
  for (const auto& precondition : set.preconditions) {
    if (const auto* reference = std::get_if<ReferenceLive>(&precondition)) {
      const auto& object = facts_.objects.at(reference->id);
      if (!object.live || object.kind != reference->kind) return base::invalid(reference->message);
    } else if (const auto* none = std::get_if<NoneWith>(&precondition)) {
      const IndexKey key{none->kind, none->member, none->value};
      const auto& holders = facts_.holders.at(key);
      if (std::any_of(holders.begin(), holders.end(), [&](ObjectId id) { return still_holds(id, key); })) {
        return base::conflict(none->message);
      }
    }
  }
  return {};
}

Committed Judge::record(const WriteSet& set) {
  Committed committed;
  for (const auto& put : set.puts) {
    effects_.changes.push_back({++effects_.head, &set, &put});
    if (put.verb == Verb::created) ++effects_.counts[put.row.kind];
    if (put.verb == Verb::deleted) --effects_.counts[put.row.kind];
    if (put.verb == Verb::deleted) effects_.work[put.row.id] = {.id = put.row.id, .next_at = {}};
    committed.versions.push_back(put.row.version);
  }
  for (const auto& item : set.work) effects_.work[item.id] = item;
  committed.sequence = effects_.head;
  return committed;
}

Effects Judge::take_effects() {
  std::vector<const Facts::Object*> touched;
  for (const auto& [id, object] : facts_.objects) {
    if (object.row != nullptr) touched.push_back(&object);
  }
  std::sort(touched.begin(), touched.end(), [](const auto* a, const auto* b) { return a->row->id < b->row->id; });
  for (const auto* object : touched) {
    (object->stored ? effects_.updated : effects_.inserted).push_back(object->row);
    if (object->new_index == nullptr) continue;
    if (object->stored) effects_.index_dropped.push_back(object->row->id);
    for (const auto& entry : *object->new_index) effects_.index_added.emplace_back(object->row, &entry);
  }
  for (const auto& [key, holder] : facts_.names) {
    if (holder.stored != 0 && holder.now != 0 && holder.now != holder.stored) {
      effects_.lost_names.push_back(holder.stored);
    }
  }
  std::erase_if(effects_.counts, [](const auto& count) { return count.second == 0; });
  return std::move(effects_);
}

}  // namespace threeport::store
