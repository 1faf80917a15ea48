#include "applyset/removal.h"

#include <algorithm>
#include <array>

#include "applyset/plan.h"

namespace threeport::applyset {
namespace {

using reconcile::Outcome;

/// The informers tell when an object is gone; this is for what they miss.
constexpr base::Millis kLookAgain{10'000};

bool is_kubernetes_own(const k8s::ObjectRef& ref) {
  constexpr std::array<std::string_view, 4> kNames{"default", "kube-system", "kube-public", "kube-node-lease"};
  return ref.kind == "Namespace" && std::find(kNames.begin(), kNames.end(), ref.name) != kNames.end();
}

/// Removes the object if it is there, nobody else's, and not on its way out already. Gone: none of ours is left.
base::Result<k8s::Removal> remove_ours(const k8s::ObjectRef& ref, const Identity& identity, k8s::Connection& connection,
                                       reconcile::Context& ctx) {
  if (is_kubernetes_own(ref)) return k8s::Removal::gone;
  const auto present = connection.cluster().get(ref, call_within(ctx));
  if (!present) {
    const bool absent =
        present.error().kind == base::ErrorKind::not_found || present.error().reason == k8s::reason::kKindUnknown;
    return absent ? base::Result<k8s::Removal>(k8s::Removal::gone) : base::Result<k8s::Removal>(present.error());
  }
  if (!other_owner(*present, identity).empty()) return k8s::Removal::gone;
  if (!present->at("metadata", "deletionTimestamp").is_null()) return k8s::Removal::pending;
  return connection.cluster().remove(ref, {}, call_within(ctx));
}

}  // namespace

base::Result<Outcome> remove_set(const Identity& identity, Inventory& inventory, k8s::Connection& connection,
                                 reconcile::Context& ctx, const std::function<bool(const k8s::ObjectRef&)>& keeps) {
  TP_TRY(std::vector<InventoryRow> rows, inventory.read());
  std::stable_sort(rows.begin(), rows.end(), [](const InventoryRow& a, const InventoryRow& b) {
    return k8s::apply_rank(a.ref.type()) > k8s::apply_rank(b.ref.type());
  });
  base::Result<void> outcome;
  std::vector<std::string> pending;
  for (const InventoryRow& row : rows) {
    if (keeps && keeps(row.ref)) continue;
    TP_CHECK(connection.informers().ensure(row.ref.type()));
    auto removal = remove_ours(row.ref, identity, connection, ctx);
    if (!removal) {
      outcome = std::move(removal).error().with_context(row.ref.to_text());
      break;
    }
    if (*removal == k8s::Removal::pending) {
      pending.push_back(row.ref.to_text());
      continue;
    }
    connection.informers().write_through_removed(row.ref);
    inventory.gone(row.ref);
  }
  TP_CHECK(inventory.flush());
  TP_CHECK(outcome);
  if (pending.empty()) return Outcome::settled();
  const std::string more = pending.size() > 1 ? " and " + std::to_string(pending.size() - 1) + " more" : "";
  return Outcome::waiting("Deleting", "Waiting until " + pending.front() + more + " is gone.").recheck_in(kLookAgain);
}

}  // namespace threeport::applyset
