// Looking at every object of some shards, page by page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcile/shards.h"

namespace threeport::reconcile {

/// Where a walk over all reconciled kinds stands. Not thread-safe: the engine guards it.
class Walk {
 public:
  /// `kinds`: names, in the order in which they are walked.
  Walk(std::vector<std::string> kinds, int page_size) : kinds_(std::move(kinds)), page_size_(page_size) {}

  /// Asks for a walk over `shards`. While one is going on, it is another walk after that.
  void request(const ShardSet& shards);
  /// No more of `shards`.
  void cancel(const ShardSet& shards);
  [[nodiscard]] bool is_active() const { return shards_.any(); }

  /// The page to read next. Precondition: is_active().
  [[nodiscard]] store::Query next_page() const;
  /// Moves on behind `page`, the answer to `asked`: the rows of it that belong to the walk. None if the walk was
  /// canceled meanwhile.
  std::vector<const store::Row*> advance(const store::Query& asked, const store::Page& page);

 private:
  void begin_next();

  const std::vector<std::string> kinds_;
  const int page_size_;
  ShardSet shards_, requested_;
  std::size_t kind_ = 0;
  store::ObjectId after_ = 0;
};

}  // namespace threeport::reconcile
