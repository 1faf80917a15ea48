// Who has read what: the wake-up conditions of all objects that this process works on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/field.h"

namespace threeport::reconcile {

using schema::ObjectId;

/// Something whose change wakes its readers: an object by its id, a query or a topic by a hash of 63 bits. Two queries
/// of the same hash only wake each other's readers in vain.
class Read {
 public:
  static Read object(ObjectId id) { return Read(static_cast<std::uint64_t>(id)); }
  /// All live objects of `kind` whose `member` is `value` (canonical JSON text).
  static Read query(std::string_view kind, std::string_view member, std::string_view value);
  /// All live objects of `kind`.
  static Read all_of(std::string_view kind) { return query(kind, "", ""); }
  /// An outside event (Engine::notify).
  static Read topic(std::string_view topic);

  friend auto operator<=>(const Read&, const Read&) = default;

 private:
  explicit Read(std::uint64_t key) : key_(key) {}
  std::uint64_t key_;
};

/// A reader is known here from its first recorded read until `forget`. Reads are recorded before they happen, so that
/// no change between reading and recording is missed. Thread-safe; nothing blocks.
class ReadIndex {
 public:
  void add(ObjectId reader, Read read);
  void remove(ObjectId reader, Read read);
  /// From now on `reads` (sorted, without duplicates) are all that wakes the reader.
  void replace(ObjectId reader, const std::vector<Read>& reads);
  void forget(ObjectId reader);
  void forget_if(const std::function<bool(ObjectId)>& is_gone);

  /// Ascending.
  [[nodiscard]] std::vector<ObjectId> readers(Read read) const;
  /// All that are known here.
  [[nodiscard]] std::vector<ObjectId> readers() const;

  /// Notes that lists of `kind` are filtered by `member`: changes of the kind have to be compared with readers' values.
  /// Never forgotten: there are as many as the code has queries.
  void add_filter(std::string_view kind, std::string_view member);
  /// The members by which lists of `kind` have been filtered.
  [[nodiscard]] std::vector<std::string> filters(std::string_view kind) const;

  /// Pairs of reader and read.
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::pair<Read, ObjectId>> edges_;
  std::unordered_map<ObjectId, std::vector<Read>> reads_;  // each sorted
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> filters_;
};

}  // namespace threeport::reconcile
