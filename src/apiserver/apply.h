// POST /v0/plan and /v0/apply (shapes A.7, A.8): documents become creations and updates in one write set, all or
// nothing. A plan shows what they would do, and is kept for a while: it is then applied exactly, or refused as stale.
#pragma once

#include "apiserver/draft.h"
#include "apiserver/router.h"

namespace threeport::apiserver {

class Apply {
 public:
  explicit Apply(Objects& objects) : objects_(objects) {}
  /// Before use only.
  void add_check(std::string_view kind, DocumentCheck check) { checks_.emplace(kind, std::move(check)); }
  void add_routes(Router& router);
  /// What apply() of the same body would do, kept under an ID until ExpiresAt. Writes nothing but that. Errors as
  /// apply().
  base::Result<json::Value> plan(const json::Value& body, const WriteContext& context);
  /// The Plan of A.7 with `Applied: true`. The body has Documents, or the PlanID of a plan. Errors: `invalid` names the
  /// document and the member; `not_found`: no such plan; `conflict`: the plan is stale, applied already or expired.
  base::Result<json::Value> apply(const json::Value& body, const WriteContext& context);
  /// What a change of one object by PATCH or PUT does beyond it. Unset: nothing that needs anybody's consent. Else the
  /// answer: 409 with the plan that shows it, or, with `?plan=ID`, that of the plan's application.
  std::optional<http::Response> guard_change(const Object& before, const Write& write, Call& call);

 private:
  http::Response consent_to(const json::Value& body, const WriteContext& context);
  struct Prepared;
  struct StoredPlan;
  base::Result<Prepared> prepare(const json::Value& request, const std::vector<ObjectId>& new_ids, schema::Scope scope);
  base::Result<StoredPlan> load_plan(ObjectId id);
  base::Result<Prepared> prepare_plan(const StoredPlan& plan, schema::Scope scope);
  base::Result<json::Value> write(Prepared prepared, const StoredPlan* plan, const WriteContext& context);

  Objects& objects_;
  DocumentChecks checks_;
};

}  // namespace threeport::apiserver
