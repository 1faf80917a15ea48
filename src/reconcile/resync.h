// The pace at which every object is looked at again and again, although nothing has changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "reconcile/backoff.h"
#include "store/store.h"

namespace threeport::reconcile {

using SteadyTime = std::chrono::steady_clock::time_point;

/// A position among all objects of some kinds, which are passed in the order of kinds and ids. Used by one thread.
class Cursor {
 public:
  explicit Cursor(std::vector<std::string> kinds) : kinds_(std::move(kinds)) {}

  [[nodiscard]] store::Query next_page(std::int64_t limit) const;
  /// Moves on behind the page that answered. True: all kinds have been passed, it is back at the beginning.
  bool pass(const store::Page& page, std::int64_t limit);

 private:
  std::vector<std::string> kinds_;
  std::size_t kind_ = 0;
  store::ObjectId after_ = 0;
};

/// Round after round over all objects. A round takes one period, or up to a tenth less, and has its objects evenly
/// spread: a few every second at most. An object keeps its place in the order, so it comes once in every period. Used
/// by one thread.
class Resync {
 public:
  /// `page_size`: so many objects come at a time at most.
  Resync(std::vector<std::string> kinds, base::Millis period, std::int64_t page_size, Random& random, SteadyTime now);

  /// True: first of all it has to know how many objects there are. So at the begin of a round, and when one turns out
  /// to have more of them.
  [[nodiscard]] bool wants_count() const { return passed_ >= expected_; }
  void count(std::int64_t objects);
  /// When the count or the page is due.
  [[nodiscard]] SteadyTime next_due() const;
  [[nodiscard]] store::Query next_page() const { return cursor_.next_page(batch()); }
  /// The page has come. What was not read in time is not caught up with: the rest of the round comes later.
  void pass(const store::Page& page, SteadyTime now);

 private:
  [[nodiscard]] std::int64_t batch() const;
  [[nodiscard]] std::chrono::nanoseconds share(std::int64_t objects) const;

  Cursor cursor_;
  const base::Millis longest_;
  const std::int64_t page_size_;
  Random& random_;

  base::Millis period_{};         // of this round
  SteadyTime began_, passed_at_;  // the objects that were passed are those of the time until `passed_at_`
  std::int64_t passed_ = 0, expected_ = 0;
};

}  // namespace threeport::reconcile
