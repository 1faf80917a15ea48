#include "reconcile/resync.h"

#include <algorithm>

namespace threeport::reconcile {
namespace {

using base::Millis;

/// Objects of so much time come together: that is, one by one, unless there are very many.
constexpr Millis kBatch(1'000);

}  // namespace

store::Query Cursor::next_page(std::int64_t limit) const {
  store::Query query;
  query.kind = kinds_[kind_];
  query.after = after_;
  query.limit = limit;
  return query;
}

bool Cursor::pass(const store::Page& page, std::int64_t limit) {
  if (static_cast<std::int64_t>(page.rows.size()) == limit) {
    after_ = page.rows.back().id;
    return false;
  }
  after_ = 0;
  kind_ = (kind_ + 1) % kinds_.size();
  return kind_ == 0;
}

Resync::Resync(std::vector<std::string> kinds, Millis period, std::int64_t page_size, Random& random, SteadyTime now)
    : cursor_(std::move(kinds)),
      longest_(period),
      page_size_(page_size),
      random_(random),
      began_(now),
      passed_at_(now) {}

void Resync::count(std::int64_t objects) {
  if (passed_ == 0) {
    began_ = passed_at_;
    period_ = jittered(longest_, random_);
  }
  expected_ = std::max(objects, passed_ + 1);
}

SteadyTime Resync::next_due() const { return wants_count() ? passed_at_ : passed_at_ + share(batch()); }

void Resync::pass(const store::Page& page, SteadyTime now) {
  const std::int64_t limit = batch();
  const auto rows = static_cast<std::int64_t>(page.rows.size());
  passed_at_ = std::max(passed_at_, now - share(limit)) + share(rows);
  passed_ += rows;
  if (!cursor_.pass(page, limit)) return;
  passed_at_ = std::max(passed_at_, began_ + period_);
  passed_ = expected_ = 0;
}

std::int64_t Resync::batch() const {
  return std::clamp<std::int64_t>(expected_ * kBatch.count() / period_.count(), 1, page_size_);
}

/// The time that belongs to so many objects of the round.
std::chrono::nanoseconds Resync::share(std::int64_t objects) const {
  return std::chrono::nanoseconds(period_) * objects / expected_;
}

}  // namespace threeport::reconcile
