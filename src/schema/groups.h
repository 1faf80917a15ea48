// Groups of members that many kinds share. A group's fields<Path...>() are the rows for a kind that embeds it.
#pragma once

#include <string>
#include <tuple>

#include "schema/field.h"

namespace threeport::schema {

struct ObjectMeta {
  ObjectId id = 0;
  base::TimePoint created_at{}, updated_at{}, deleted_at{};
  std::int64_t generation = 0;
  std::int64_t version = 0;  ///< the ETag; travels in the header, not in the document

  template <auto... Outer>
  static constexpr auto fields() {
    return std::tuple{
        field<Outer..., &ObjectMeta::id>("ID", "Unique among the objects of all kinds.", server_managed | derived),
        field<Outer..., &ObjectMeta::created_at>("CreatedAt", "When it was created.", server_managed | status | quiet),
        field<Outer..., &ObjectMeta::updated_at>("UpdatedAt", "When it was last changed.",
                                                 server_managed | status | quiet),
        field<Outer..., &ObjectMeta::deleted_at>(
            "DeletedAt", "When it was deleted; only in the answer to the deletion.", server_managed | status | derived),
        field<Outer..., &ObjectMeta::generation>("Generation", "Rises with every change of a declared value.",
                                                 ignored | status | derived)};
  }
};

struct Condition {
  std::string type;    ///< Ready, Reconciling or Stalled
  std::string status;  ///< True, False or Unknown
  std::string reason;
  std::string message;
  base::TimePoint last_transition{};
  std::int64_t observed_generation = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};

template <>
struct Codec<std::vector<Condition>> {
  static constexpr FieldType type = FieldType::json;
  static constexpr std::string_view references = "";
  static bool absent(const std::vector<Condition>& value) { return value.empty(); }
  static json::Value encode(const std::vector<Condition>& value);
  static bool decode(const json::Value& in, std::vector<Condition>& out);
};

struct Reconciliation {
  bool reconciled = false;
  std::optional<base::TimePoint> creation_acknowledged, creation_confirmed;
  bool creation_failed = false;
  std::optional<base::TimePoint> deletion_scheduled, deletion_acknowledged, deletion_confirmed;
  bool interrupt = false;
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;

  /// The condition of that type, or nullptr.
  [[nodiscard]] const Condition* find(std::string_view type) const;
  [[nodiscard]] bool is_ready() const;

  template <auto... Outer>
  static constexpr auto fields() {
    using G = Reconciliation;
    return std::tuple{
        field<Outer..., &G::reconciled>(
            "Reconciled", "ObservedGeneration equals Generation. Set it to false to ask for another attempt.",
            filter | status | derived)
            .defaults_to("false"),
        field<Outer..., &G::creation_acknowledged>("CreationAcknowledged", "When a controller took up the creation.",
                                                   filter | status | quiet),
        field<Outer..., &G::creation_confirmed>("CreationConfirmed", "When the creation was complete.",
                                                filter | status | quiet),
        field<Outer..., &G::creation_failed>("CreationFailed", "The creation failed and is retried.", filter | status)
            .defaults_to("false"),
        field<Outer..., &G::deletion_scheduled>("DeletionScheduled", "When deletion was asked for.", filter | status),
        field<Outer..., &G::deletion_acknowledged>("DeletionAcknowledged", "When a controller took up the deletion.",
                                                   filter | status | quiet),
        field<Outer..., &G::deletion_confirmed>("DeletionConfirmed", "When everything outside was gone.",
                                                filter | status),
        field<Outer..., &G::interrupt>("InterruptReconciliation", "A person has to look at it first.", filter | status)
            .defaults_to("false"),
        field<Outer..., &G::observed_generation>("ObservedGeneration", "The Generation that was last reconciled.",
                                                 ignored | status | derived),
        field<Outer..., &G::conditions>("Conditions", "Ready, Reconciling and Stalled, in this order.",
                                        ignored | status)};
  }
};

}  // namespace threeport::schema
