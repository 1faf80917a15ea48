#include "store/session_pool.h"

#include <utility>

namespace threeport::store {

base::Result<SessionPool::Loan> SessionPool::borrow() {
  {
    std::unique_lock lock(mutex_);
    const auto ticket = tickets_++;
    returned_.wait(lock, [&] { return lent_ < limit_ && (limit_ > 1 || ticket == served_); });
    ++lent_;
    ++served_;
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return Loan(*this, std::move(session));
    }
  }
  auto session = database_.connect(access_);
  if (session) return Loan(*this, std::move(*session));
  give_back(nullptr);
  return std::move(session).error();
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
  std::vector<std::unique_ptr<Session>> suspects;  // closed without the lock
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (session && !session->is_broken()) {
      idle_.push_back(std::move(session));
    } else if (session) {
      // What broke this connection most likely broke the idle ones too.
      suspects.swap(idle_);
    }
  }
  limit_ > 1 ? returned_.notify_one() : returned_.notify_all();
}

}  // namespace threeport::store
