// Sessions that are kept open and lent to one thread at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace threeport::store {

/// Opens sessions as they are needed, up to a limit. A single one is lent in the order of arrival, so that the
/// committer, which always wants it, leaves some to the others; of several, whoever is running takes the next one.
/// Thread-safe. Outlives what it lends.
class SessionPool {
 public:
  /// A session until it is destroyed.
  class Loan {
   public:
    Loan(SessionPool& pool, std::unique_ptr<Session> session) : pool_(&pool), session_(std::move(session)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (session_) pool_->give_back(std::move(session_));
    }
    Session& operator*() const { return *session_; }
    Session* operator->() const { return session_.get(); }

   private:
    SessionPool* pool_;
    std::unique_ptr<Session> session_;
  };

  SessionPool(Database& database, Access access, std::size_t limit)
      : database_(database), access_(access), limit_(limit) {}

  /// Waits while all are lent. Errors: of Database::connect.
  base::Result<Loan> borrow();

 private:
  void give_back(std::unique_ptr<Session> session);

  Database& database_;
  const Access access_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;  // the last one used is the first one lent: its caches are warm
  std::size_t lent_ = 0;
  std::uint64_t tickets_ = 0;
  std::uint64_t served_ = 0;
};

}  // namespace threeport::store
