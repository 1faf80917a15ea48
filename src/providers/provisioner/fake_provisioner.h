// A provisioner in memory that behaves as samples/provisioner does: it makes notes.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "providers/provisioner/provisioner.h"

namespace threeport::providers::provisioner {

/// Param `text`; outputs `name` (of its own, kept in the state), `text` and the secret `token`; the shared state counts
/// under `notes` who has one. Another param is refused. Thread-safe.
class FakeProvisioner final : public Provisioner {
 public:
  base::Result<Response> provision(const Request& request, const CallOptions& call) override;
  base::Result<void> remove(const Request& request, const CallOptions& call) override;

  /// The next call fails with this, before anything happens.
  void fail_next(base::Error error);
  /// The guids of what exists.
  [[nodiscard]] std::set<std::string> present() const;

 private:
  base::Result<void> begin(const CallOptions& call);

  mutable std::mutex mutex_;
  std::optional<base::Error> next_;
  std::set<std::string> present_;
};

}  // namespace threeport::providers::provisioner
