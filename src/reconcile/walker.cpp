#include "reconcile/walker.h"

#include <algorithm>

namespace threeport::reconcile {
namespace {

/// How long the walks rest when the database did not answer.
constexpr base::Millis kOutagePause(1'000);
/// How long catching up waits for the workers.
constexpr base::Millis kBreath(20);

}  // namespace

Walker::Walker(Surroundings& around, Board& board, const std::vector<std::string>& kinds)
    : around_(around),
      board_(board),
      kinds_(kinds),
      cursor_(kinds),
      resync_(kinds, around.options.resync, around.options.walk_page, around.random, around.clock.steady_now()) {}

base::Result<bool> Walker::step() {
  const SteadyTime now = around_.clock.steady_now();
  if (now < next_due()) return false;
  auto done = is_catching_up() ? catch_up() : resync(now);
  if (!done) {
    not_before_ = now + kOutagePause;
    return std::move(done).error();
  }
  return true;
}

SteadyTime Walker::next_due() const {
  if (kinds_.empty() || board_.held().none()) return SteadyTime::max();
  if (!is_catching_up()) return std::max(resync_.next_due(), not_before_);
  return board_.has_room() ? not_before_ : around_.clock.steady_now() + kBreath;
}

base::Result<void> Walker::catch_up() {
  if (gained_.none()) gained_ = board_.take_unwalked();
  const int limit = around_.options.walk_page;
  TP_TRY(const store::Page page, around_.objects.store().list(cursor_.next_page(limit)));
  board_.look_at(page.rows, gained_);
  if (cursor_.pass(page, limit)) gained_.reset();
  return {};
}

base::Result<void> Walker::resync(SteadyTime now) {
  store::Store& store = around_.objects.store();
  if (resync_.wants_count()) {
    std::int64_t objects = 0;
    for (const std::string& kind : kinds_) {
      TP_TRY(const std::int64_t count, store.count(kind));
      objects += count;
    }
    resync_.count(objects);
    return {};
  }
  TP_TRY(const store::Page page, store.list(resync_.next_page()));
  board_.look_at(page.rows, board_.held());
  resync_.pass(page, now);
  return {};
}

}  // namespace threeport::reconcile
