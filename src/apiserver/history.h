// What objects were: their history, and their declared members at a time or a sequence number. All of it is read from
// the change log, which has secrets as hashes only.
#pragma once

#include "apiserver/router.h"

namespace threeport::apiserver {

/// Goes back through the changes of one object, from what it is now. Status has no history.
class Past {
 public:
  /// Error `not_found`: there is, and was, no such object, as far as the log goes back.
  static base::Result<Past> open(Objects& objects, const KindDescriptor& kind, ObjectId id);

  /// One change. The declared members before and after it: null where there was no object, unset where the log does not
  /// tell (a deletion that was logged by an older program, after the row has been purged).
  struct Step {
    store::Change change;
    std::optional<json::Value> before, after;
  };
  /// The next older change; unset at the end of what the log has. Blocks on the database, once in a hundred changes.
  base::Result<std::optional<Step>> next();
  /// The declared members before the steps so far; as Step::before.
  [[nodiscard]] const std::optional<json::Value>& now() const { return state_; }

 private:
  Past(Objects& objects, const KindDescriptor& kind, ObjectId id) : objects_(objects), kind_(kind), id_(id) {}
  base::Result<bool> try_begin();
  base::Result<void> read(store::Sequence before);
  base::Result<std::optional<json::Value>> state_before(const store::Change& change) const;

  Objects& objects_;
  const KindDescriptor& kind_;
  const ObjectId id_;
  std::optional<store::Row> row_;
  std::vector<store::Change> changes_;  ///< of the page at hand, newest first
  std::size_t next_ = 0;
  std::optional<json::Value> state_;
};

/// `GET /v0/<plural>/<id>/history` of every kind whose changes are logged.
void add_history_routes(Router& router, Objects& objects);

/// `GET /v0/<plural>/<id>?at=`: the declared members as they were, with the sequence of the change that made them so in
/// the header Threeport-Sequence.
http::Response answer_past(Objects& objects, const KindDescriptor& kind, const Call& call);

}  // namespace threeport::apiserver
