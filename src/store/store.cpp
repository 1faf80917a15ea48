#include "store/store.h"

#include <condition_variable>
#include <mutex>

namespace threeport::store {

base::Result<Committed> Store::commit(WriteSet set) {
  std::mutex mutex;
  std::condition_variable decided;
  std::optional<base::Result<Committed>> outcome;
  submit(std::move(set), [&](base::Result<Committed> result) {
    // Notified with the mutex held: without it this call might return, and its variables be gone.
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    decided.notify_one();
  });
  std::unique_lock lock(mutex);
  decided.wait(lock, [&] { return outcome.has_value(); });
  return std::move(*outcome);
}

}  // namespace threeport::store
