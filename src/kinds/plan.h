// Plans of /v0/plan, and the answers that are kept for repeated requests: both go some time after they were made.
#pragma once

#include "kinds/groups.h"

namespace threeport::kinds {

struct Plan {
  static constexpr KindInfo kind{.name = "Plan",
                                 .path = "plans",
                                 .alias = "",
                                 .doc = "What a set of documents would change, to be looked at and then applied.",
                                 .controller_made = true,
                                 .added = true,
                                 .logged = false,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  base::TimePoint expires_at;
  bool applied = false;
  std::optional<base::TimePoint> applied_at;
  std::int64_t sequence = 0;
  json::Array changes, edges, warnings;
  std::string request;

  static constexpr auto fields() {
    using Self = Plan;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::expires_at>("ExpiresAt", "Until when it can be applied.", required | column),
                   field<&Self::applied>("Applied", "It has been applied.", schema::Flag::status | column),
                   field<&Self::applied_at>("AppliedAt", "When it was applied.", schema::Flag::status),
                   field<&Self::sequence>("Sequence", "Where the change log stood when it was made.", required),
                   field<&Self::changes>("Changes", "What becomes of each object that the documents declare."),
                   field<&Self::edges>("Edges", "Which object would use which dependency."),
                   field<&Self::warnings>("Warnings", "What is worth a look before it is applied."),
                   field<&Self::request>("Request", "The documents, and what was found for them.",
                                         required | secret | write_only)});
  }
};

struct IdempotencyRecord {
  static constexpr KindInfo kind{.name = "IdempotencyRecord",
                                 .path = "idempotency-records",
                                 .alias = "",
                                 .doc = "The answer to a request with an Idempotency-Key, for when it is repeated.",
                                 .unique_name = true,
                                 .controller_made = true,
                                 .added = true,
                                 .logged = false,
                                 .routed = false,
                                 .writers = schema::kEveryone};
  ObjectMeta meta;
  std::string name, fingerprint;
  std::int64_t code = 0;
  std::string body;
  base::TimePoint expires_at;

  static constexpr auto fields() {
    using Self = IdempotencyRecord;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Hash of the caller and its key.", required),
                   field<&Self::fingerprint>("Fingerprint", "Hash of the request.", required),
                   field<&Self::code>("Code", "HTTP status of the answer.", required),
                   field<&Self::body>("Body", "Body of the answer.", required | secret | write_only),
                   field<&Self::expires_at>("ExpiresAt", "Until when a repetition is recognised.", required)});
  }
};

}  // namespace threeport::kinds
