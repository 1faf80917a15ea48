// Groups of members of the v0 catalogue: Definition and Instance.
#pragma once

#include "kinds/actuator.h"
#include "schema/groups.h"

namespace threeport::kinds {

using schema::field;
using schema::KindInfo;
using schema::ObjectMeta;
using schema::Reconciliation;
using schema::Ref;
using schema::relation;
using enum schema::Flag;

struct Definition {
  std::string name;
  Ref<Profile> profile;
  Ref<Tier> tier;

  template <auto... Outer>
  static constexpr auto fields() {
    return std::tuple{field<Outer..., &Definition::name>("Name", "Unique among live objects of the kind.",
                                                         required | filter | column),
                      field<Outer..., &Definition::profile>(
                          "ProfileID", "Profile; kept for v0 clients, nothing reads it.", association),
                      field<Outer..., &Definition::tier>("TierID", "Tier; set on creation only.", association)};
  }
};

struct Instance {
  std::string name;
  std::string status;

  template <auto... Outer>
  static constexpr auto fields() {
    return std::tuple{
        field<Outer..., &Instance::name>("Name", "Unique among live objects of the kind.", required | filter | column),
        field<Outer..., &Instance::status>("Status", "State in one word.", filter | schema::Flag::status | column)};
  }
};

/// The members of Reconciliation on a kind that no controller takes up: plain values, kept for v0 clients.
struct InertReconciliation {
  bool reconciled = false;
  std::optional<base::TimePoint> creation_acknowledged, creation_confirmed;
  bool creation_failed = false;
  std::optional<base::TimePoint> deletion_scheduled, deletion_acknowledged, deletion_confirmed;
  bool interrupt = false;

  template <auto... Outer>
  static constexpr auto fields() {
    using G = InertReconciliation;
    constexpr std::string_view kDoc = "Kept for v0 clients; nothing reads it.";
    constexpr auto kFlags = filter | schema::Flag::status;
    return std::tuple{field<Outer..., &G::reconciled>("Reconciled", kDoc, kFlags).defaults_to("false"),
                      field<Outer..., &G::creation_acknowledged>("CreationAcknowledged", kDoc, kFlags),
                      field<Outer..., &G::creation_confirmed>("CreationConfirmed", kDoc, kFlags),
                      field<Outer..., &G::creation_failed>("CreationFailed", kDoc, kFlags).defaults_to("false"),
                      field<Outer..., &G::deletion_scheduled>("DeletionScheduled", kDoc, kFlags),
                      field<Outer..., &G::deletion_acknowledged>("DeletionAcknowledged", kDoc, kFlags),
                      field<Outer..., &G::deletion_confirmed>("DeletionConfirmed", kDoc, kFlags),
                      field<Outer..., &G::interrupt>("InterruptReconciliation", kDoc, kFlags).defaults_to("false")};
  }
};

}  // namespace threeport::kinds
