#include "reconcile/read_index.h"

#include <algorithm>
#include <limits>

namespace threeport::reconcile {
namespace {

constexpr std::uint64_t kHashed = std::uint64_t{1} << 63;  // ids stay below 2^53

std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  return (seed ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15ULL + 1;
}

}  // namespace

Read Read::query(std::string_view kind, std::string_view member, std::string_view value) {
  return Read(hash(hash(hash(1, kind), member), value) | kHashed);
}

Read Read::topic(std::string_view topic) { return Read(hash(2, topic) | kHashed); }

void ReadIndex::add(ObjectId reader, Read read) {
  const std::lock_guard lock(mutex_);
  if (!edges_.emplace(read, reader).second) return;
  std::vector<Read>& reads = reads_[reader];
  reads.insert(std::lower_bound(reads.begin(), reads.end(), read), read);
}

void ReadIndex::remove(ObjectId reader, Read read) {
  const std::lock_guard lock(mutex_);
  if (edges_.erase({read, reader}) == 0) return;
  std::erase(reads_[reader], read);
}

void ReadIndex::replace(ObjectId reader, const std::vector<Read>& reads) {
  const std::lock_guard lock(mutex_);
  const auto known = reads_.find(reader);
  if (known != reads_.end() && known->second == reads) return;
  if (known != reads_.end()) {
    for (const Read read : known->second) {
      if (!std::binary_search(reads.begin(), reads.end(), read)) edges_.erase({read, reader});
    }
  }
  for (const Read read : reads) edges_.emplace(read, reader);
  if (reads.empty()) {
    reads_.erase(reader);
  } else {
    std::vector<Read>& kept = reads_[reader];
    kept = reads;
    kept.shrink_to_fit();
  }
}

void ReadIndex::forget(ObjectId reader) { replace(reader, {}); }

void ReadIndex::forget_if(const std::function<bool(ObjectId)>& is_gone) {
  std::vector<ObjectId> gone;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [reader, reads] : reads_) {
      if (is_gone(reader)) gone.push_back(reader);
    }
  }
  for (const ObjectId reader : gone) forget(reader);
}

std::vector<ObjectId> ReadIndex::readers(Read read) const {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectId> out;
  for (auto it = edges_.lower_bound({read, std::numeric_limits<ObjectId>::min()});
       it != edges_.end() && it->first == read; ++it) {
    out.push_back(it->second);
  }
  return out;
}

std::vector<ObjectId> ReadIndex::readers() const {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectId> out;
  out.reserve(reads_.size());
  for (const auto& [reader, reads] : reads_) out.push_back(reader);
  return out;
}

void ReadIndex::add_filter(std::string_view kind, std::string_view member) {
  const std::lock_guard lock(mutex_);
  filters_[std::string(kind)].emplace(member);
}

std::vector<std::string> ReadIndex::filters(std::string_view kind) const {
  const std::lock_guard lock(mutex_);
  const auto it = filters_.find(kind);
  if (it == filters_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

std::size_t ReadIndex::size() const {
  const std::lock_guard lock(mutex_);
  return edges_.size();
}

}  // namespace threeport::reconcile
