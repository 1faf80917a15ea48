#include "providers/kubernetes/cluster.h"

#include <iterator>

namespace threeport::providers::kubernetes {

base::Result<ListPage> list_all(Cluster& cluster, ListRequest request, const CallOptions& call) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    request.continue_token.clear();
    ListPage all;
    for (;;) {
      auto page = cluster.list(request, call);
      if (!page) {
        if (page.error().kind == base::ErrorKind::expired && attempt < kAttempts) break;
        return std::move(page).error();
      }
      // The list is a snapshot of its first page; a watch from there misses nothing.
      if (all.resource_version.empty()) all.resource_version = std::move(page->resource_version);
      std::move(page->items.begin(), page->items.end(), std::back_inserter(all.items));
      if (page->continue_token.empty()) return all;
      request.continue_token = std::move(page->continue_token);
    }
  }
}

}  // namespace threeport::providers::kubernetes
