#include "apiserver/apply.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "apiserver/effects.h"
#include "apiserver/envelope.h"
#include "apiserver/expiry.h"
#include "apiserver/rest.h"
#include "apiserver/write_set.h"
#include "base/crypto.h"
#include "kinds/plan.h"

namespace threeport::apiserver {
namespace {

using kinds::Plan;
using schema::FieldDescriptor;

constexpr int kRaces = 16;  // times that what was read may have changed meanwhile
constexpr std::chrono::hours kPlanLife{1};
constexpr std::string_view kConsentNeeded = "ConsentNeeded";

/// Members that a document shows as changed, with `***` for secrets.
json::Array changed_members(const KindDescriptor& kind, const json::Value& before, const json::Value& after) {
  json::Array out;
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.is_spec() || !field.is_stored() || before.at(field.name) == after.at(field.name)) continue;
    const auto shown = [&](const json::Value& value) {
      return field.has(schema::secret) && !value.is_null() ? json::Value("***") : value;
    };
    out.push_back(json::Object{
        {"Member", field.name}, {"From", shown(before.at(field.name))}, {"To", shown(after.at(field.name))}});
  }
  return out;
}

base::Result<void> check_request(const json::Value& body) {
  const json::Array* documents = body.at("Documents").if_array();
  if (documents == nullptr || documents->empty()) {
    return base::invalid(
        "Documents must be a list with at least one document, such as "
        "{\"Documents\":[{\"Workload\":{\"Name\":\"web\",...}}]}");
  }
  for (const json::Member& member : body.as_object()) {
    if (member.key != "Documents" && member.key != "Environment" && member.key != "DiscardData")
      return base::invalid("unknown member " + member.key + "; known are Documents, Environment, DiscardData");
  }
  const json::Value& environment = body.at("Environment");
  if (!environment.is_null() && !environment.is_string())
    return base::invalid("Environment must be the name of an environment, not a " +
                         std::string(environment.type_name()));
  const json::Value& discard = body.at("DiscardData");
  if (!discard.is_null() && !discard.is_bool())
    return base::invalid("DiscardData must be true or false, not a " + std::string(discard.type_name()));
  return {};
}

json::Value documents_schema() {
  const json::Value document = json::Object{{"type", "object"},
                                            {"description", "One key, the kind: {\"Workload\": {...}}."},
                                            {"minProperties", 1},
                                            {"maxProperties", 1}};
  json::Value documents = array_schema(document);
  documents["minItems"] = 1;
  return closed_schema(
      {{"Documents", std::move(documents)}, {"Environment", text_schema()}, {"DiscardData", boolean_schema()}},
      {"Documents"});
}

/// The id of the plan that the body of an apply names; 0: it has documents instead.
base::Result<ObjectId> plan_id_of(const json::Value& body) {
  const json::Value* named = body.find("PlanID");
  if (named == nullptr) return ObjectId{0};
  if (body.as_object().size() > 1)
    return base::invalid("PlanID stands alone: a plan is applied as it was made; leave the other members out");
  const auto id = named->as_int();
  if (!id || *id <= 0)
    return base::invalid("PlanID must be the ID of a plan, a positive integer, as POST /v0/plan answers it");
  return *id;
}

/// All that writes say, in a few bytes.
std::string fingerprint_of(const std::vector<Write>& writes) {
  std::string text;
  for (const Write& write : writes) {
    text += std::to_string(static_cast<int>(write.op)) + " " + write.kind + " " + std::to_string(write.id) + " ";
    text += json::canonical(write.body) + "\n";
  }
  return base::sha256_hex(text);
}

std::int64_t generation_of(const DraftItem& item) { return item.before ? item.before->generation : 0; }

http::Response answer_of(const json::Value& plan) { return success(Plan::kind.name, "[" + json::dump(plan) + "]"); }

http::Response answer_of(const base::Result<json::Value>& plan) {
  return plan ? answer_of(*plan) : failure(Plan::kind.name, plan.error());
}

/// Without what only the control plane needs.
json::Value wire_of(const Objects& objects, Object made) {
  made.echo = {};
  return objects.wire(made);
}

}  // namespace

/// Writes that do what documents say, if nothing that was read has changed when they are executed.
struct Apply::Prepared {
  Draft draft;
  std::vector<Write> writes;
  Effects effects;
  std::vector<store::Precondition> preconditions;
  store::Sequence sequence = 0;  ///< the change log before anything was read

  /// What becomes of each item, by the objects after the writes. In a plan, what is new has no ID yet.
  [[nodiscard]] json::Array changes(const std::vector<Object>& after, bool is_plan) const;
};

struct Apply::StoredPlan {
  ObjectId id = 0;
  std::int64_t version = 0;
  json::Value request;            ///< the body of POST /v0/plan
  std::vector<ObjectId> new_ids;  ///< of what the documents create
  json::Array found;              ///< Kind, Name and Generation of each object that they declare; 0: there was none
  std::string fingerprint;        ///< of the writes
  std::string effects;            ///< fingerprint of what they bring along

  [[nodiscard]] std::string text() const;
  static base::Result<StoredPlan> parse(std::string_view text);
  [[nodiscard]] base::Error stale(const std::string& why) const {
    return base::conflict("plan " + std::to_string(id) + " is stale: " + why + "; make a new plan and look at it");
  }
};

json::Array Apply::Prepared::changes(const std::vector<Object>& after, bool is_plan) const {
  json::Array out;
  for (std::size_t i = 0; i < draft.items().size(); ++i) {
    const DraftItem& item = draft.items()[i];
    const bool changed = !item.lists.empty() || generation_of(item) != after[i].generation;
    json::Array members = item.before ? changed_members(*item.kind, item.before->data, after[i].data) : json::Array{};
    for (const ListChange& list : item.lists)
      members.push_back(json::Object{{"Member", list.member}, {"From", list.from}, {"To", list.to}});
    out.push_back(json::Object{{"Action", !item.before ? "Create"
                                          : changed    ? "Update"
                                                       : "None"},
                               {"Kind", item.kind->name},
                               {"ID", is_plan && !item.before ? 0 : after[i].id},
                               {"Name", item.name()},
                               {"Members", std::move(members)},
                               {"Reason", "Declared"},
                               {"Message", item.where}});
  }
  out.insert(out.end(), effects.changes.begin(), effects.changes.end());
  return out;
}

std::string Apply::StoredPlan::text() const {
  return json::dump(json::Object{{"Request", request},
                                 {"NewIDs", json::Array(new_ids.begin(), new_ids.end())},
                                 {"Found", found},
                                 {"Fingerprint", fingerprint},
                                 {"Effects", effects}});
}

base::Result<Apply::StoredPlan> Apply::StoredPlan::parse(std::string_view text) {
  TP_TRY(const json::Value stored, json::parse(text));
  StoredPlan out;
  out.request = stored.at("Request");
  for (const json::Value& id : stored.at("NewIDs").as_array()) out.new_ids.push_back(id.as_int().value_or(0));
  out.found = stored.at("Found").as_array();
  out.fingerprint = stored.at("Fingerprint").text();
  out.effects = stored.at("Effects").text();
  return out;
}

void Apply::add_routes(Router& router) {
  const auto add = [&](std::string_view path, std::string_view summary, auto call_with) -> Operation& {
    return router
        .add("POST", path, summary,
             [call_with](Call& call) -> http::Response {
               auto body = json::parse(call.request.body);
               if (!body)
                 return failure(Plan::kind.name, base::invalid("the body is not valid JSON: " + body.error().message));
               return call_with(*body, call.context);
             })
        .in_group(Plan::kind.name)
        .header("Idempotency-Key", "Repeated with the same key within a day, the request is executed once.",
                text_schema())
        .answers(200, enveloped(schema_reference(Plan::kind.name)))
        .fails({400, 404, 409, 413, 503});
  };
  add("/v0/plan", "What documents would create and change, kept to be applied",
      [this](const json::Value& body, const WriteContext& context) { return answer_of(plan(body, context)); })
      .named("plan")
      .takes(documents_schema());
  const json::Value plan_id = closed_schema({{"PlanID", id_schema()}}, {"PlanID"});
  add("/v0/apply", "Create and change what documents declare, or what a plan shows, all or nothing",
      [this](const json::Value& body, const WriteContext& context) {
        auto applied = apply(body, context);
        const bool asks = !applied && applied.error().reason == kConsentNeeded;
        return asks ? consent_to(body, context) : answer_of(applied);
      })
      .named("apply")
      .takes(json::Object{{"anyOf", json::Array{documents_schema(), plan_id}}});
}

http::Response Apply::consent_to(const json::Value& body, const WriteContext& context) {
  auto plan = this->plan(body, context);
  if (!plan) return failure(Plan::kind.name, plan.error());
  const std::string id = json::dump(plan->at("ID"));
  return failure(Plan::kind.name, 409,
                 "this changes dependencies that are in use: look at plan " + id +
                     " (it is in Data), then apply it: POST "
                     "/v0/apply {\"PlanID\": " +
                     id + "}, or repeat the call with ?plan=" + id,
                 "[" + json::dump(*plan) + "]");
}

std::optional<http::Response> Apply::guard_change(const Object& before, const Write& write, Call& call) {
  WriteContext context = call.context;
  context.receipt = {};
  if (const auto named = call.query.get("plan")) {
    std::int64_t id = 0;
    std::from_chars(named->data(), named->data() + named->size(), id);
    auto applied = apply(json::Object{{"PlanID", id}}, context);
    if (!applied) return failure(before.kind->name, applied.error());
    auto after = objects_.get(before.kind->name, before.id);
    return after ? one_object(objects_, *after) : failure(before.kind->name, after.error());
  }
  // What cannot be done is refused by whoever does it.
  const auto after = objects_.preview({write}, context.scope);
  if (!after) return std::nullopt;
  json::Object members;
  for (const FieldDescriptor& field : before.kind->fields) {
    const json::Value* value = field.is_spec() && field.is_stored() ? after->front().data.find(field.name) : nullptr;
    if (value != nullptr) members.append(std::string(field.name), *value);
  }
  const json::Value body =
      json::Object{{"Documents", json::Array{json::Object{{std::string(before.kind->name), std::move(members)}}}}};
  const auto prepared = prepare(body, {}, context.scope);
  if (!prepared) return failure(before.kind->name, prepared.error());
  if (prepared->effects.consented.empty()) return std::nullopt;
  return consent_to(body, context);
}

base::Result<Apply::Prepared> Apply::prepare(const json::Value& request, const std::vector<ObjectId>& new_ids,
                                             schema::Scope scope) {
  TP_CHECK(check_request(request));
  TP_TRY(const store::Sequence sequence, objects_.store().head());
  TP_TRY(Draft draft, Draft::make(objects_, checks_,
                                  {.documents = request.at("Documents").as_array(),
                                   .environment = std::string(request.at("Environment").text()),
                                   .discard_data = request.at("DiscardData") == json::Value(true)},
                                  new_ids));
  Prepared out{.draft = std::move(draft), .writes = {}, .effects = {}, .preconditions = {}, .sequence = sequence};
  TP_TRY(std::vector<Object> after, objects_.preview(out.draft.writes(), scope));
  out.draft.ask_for(after);
  out.writes = out.draft.writes();
  TP_TRY(out.effects, effects_of(objects_, out.draft, after, request.at("DiscardData") == json::Value(true)));
  for (const DraftItem& item : out.draft.items()) {
    if (item.before) out.preconditions.emplace_back(store::VersionIs{item.id, item.before->version});
  }
  return out;
}

base::Result<json::Value> Apply::plan(const json::Value& body, const WriteContext& context) {
  TP_TRY(const Prepared prepared, prepare(body, {}, context.scope));
  auto after = objects_.preview(prepared.writes, context.scope);
  if (!after) return std::move(after).error();
  StoredPlan stored;
  stored.request = body;
  stored.fingerprint = fingerprint_of(prepared.writes);
  stored.effects = prepared.effects.fingerprint();
  for (const DraftItem& item : prepared.draft.items()) {
    if (!item.before) stored.new_ids.push_back(item.id);
    stored.found.push_back(
        json::Object{{"Kind", item.kind->name}, {"Name", item.name()}, {"Generation", generation_of(item)}});
  }
  sweep_expired(objects_, Plan::kind.name);
  WriteContext answering = context;
  answering.answer = [&](const std::vector<Object>& made) { return answer_of(wire_of(objects_, made[0])); };
  TP_TRY(const Object made,
         objects_.write({.op = Write::Op::create,
                         .kind = std::string(Plan::kind.name),
                         .id = 0,
                         .body = json::Object{{"ExpiresAt", base::format_time(objects_.clock().now() + kPlanLife)},
                                              {"Applied", false},
                                              {"Sequence", prepared.sequence},
                                              {"Changes", prepared.changes(*after, true)},
                                              {"Edges", prepared.effects.edges},
                                              {"Warnings", prepared.effects.warnings},
                                              {"Request", stored.text()}},
                         .version = {},
                         .observed = {},
                         .by_controller = true},
                        answering));
  return wire_of(objects_, made);
}

base::Result<json::Value> Apply::apply(const json::Value& body, const WriteContext& context) {
  TP_TRY(const ObjectId plan_id, plan_id_of(body));
  for (int race = 1;; ++race) {
    std::optional<StoredPlan> plan;
    if (plan_id != 0) {
      TP_TRY(plan, load_plan(plan_id));
    }
    TP_TRY(Prepared prepared, plan ? prepare_plan(*plan, context.scope) : prepare(body, {}, context.scope));
    if (!plan && !prepared.effects.consented.empty()) {
      base::Error error = base::conflict("this changes dependencies that are in use, which takes a plan");
      error.reason = kConsentNeeded;
      return error;
    }
    auto written = write(std::move(prepared), plan ? &*plan : nullptr, context);
    // What was read has changed since, or has come to be: all is looked at again.
    const bool lost_race =
        !written && (written.error().kind == base::ErrorKind::precondition || written.error().reason == "NameTaken");
    if (!lost_race || race == kRaces) return written;
  }
}

base::Result<Apply::StoredPlan> Apply::load_plan(ObjectId id) {
  TP_TRY(const auto object, objects_.find(Plan::kind.name, id));
  const std::string plan = "plan " + std::to_string(id);
  if (!object) {
    return base::not_found("there is no " + plan +
                           ": a plan is kept for an hour after POST /v0/plan made it; make a new one");
  }
  TP_TRY(const Plan stored, schema::from_json<Plan>(object->data));
  if (stored.applied) {
    return base::conflict(plan + " was applied at " + std::string(object->data.at("AppliedAt").text()) +
                          ", and a plan is applied once; make a new one");
  }
  if (stored.expires_at <= objects_.clock().now()) {
    return base::conflict(plan + " expired at " + std::string(object->data.at("ExpiresAt").text()) +
                          "; make a new one");
  }
  TP_TRY(const std::string text, objects_.reveal(stored.request));
  TP_TRY(StoredPlan out, StoredPlan::parse(text));
  out.id = id;
  out.version = object->version;
  return out;
}

base::Result<Apply::Prepared> Apply::prepare_plan(const StoredPlan& plan, schema::Scope scope) {
  auto prepared = prepare(plan.request, plan.new_ids, scope);
  if (!prepared) {
    const base::ErrorKind kind = prepared.error().kind;
    const bool says_nothing_of_the_plan =
        kind == base::ErrorKind::unavailable || kind == base::ErrorKind::internal || kind == base::ErrorKind::denied;
    return says_nothing_of_the_plan ? std::move(prepared).error() : plan.stale(prepared.error().message);
  }
  const auto& items = prepared->draft.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::int64_t then = plan.found.at(i).at("Generation").as_int().value_or(0);
    if (generation_of(items[i]) == then) continue;
    return plan.stale(items[i].kind->words() + " " + items[i].name() + " " +
                      (!items[i].before ? "is gone"
                       : then == 0      ? "has been made by somebody else"
                                        : "has been changed since"));
  }
  if (fingerprint_of(prepared->writes) != plan.fingerprint)
    return plan.stale("a name in its documents, or the default runtime, stands for another object now");
  if (prepared->effects.fingerprint() != plan.effects)
    return plan.stale("the dependencies that would come, change and go are not the same any more");
  return prepared;
}

base::Result<json::Value> Apply::write(Prepared prepared, const StoredPlan* plan, const WriteContext& context) {
  const auto answer = [&](const std::vector<Object>& after) {
    return json::Value(json::Object{{"ID", plan == nullptr ? 0 : plan->id},
                                    {"Applied", true},
                                    {"Sequence", prepared.sequence},
                                    {"Changes", prepared.changes(after, false)},
                                    {"Edges", prepared.effects.edges},
                                    {"Warnings", prepared.effects.warnings}});
  };
  WriteContext conditional = context;
  conditional.preconditions.insert(conditional.preconditions.end(), prepared.preconditions.begin(),
                                   prepared.preconditions.end());
  conditional.answer = [&](const std::vector<Object>& after) { return answer_of(answer(after)); };
  std::vector<Write> writes = prepared.writes;
  writes.insert(writes.end(), prepared.effects.consented.begin(), prepared.effects.consented.end());
  if (plan != nullptr) {
    writes.push_back({.op = Write::Op::patch,
                      .kind = std::string(Plan::kind.name),
                      .id = plan->id,
                      .body = json::Object{{"Applied", true}, {"AppliedAt", base::format_time(objects_.clock().now())}},
                      .version = plan->version,
                      .observed = {},
                      .by_controller = true});
  }
  auto after = objects_.write(writes, conditional);
  if (!after) return std::move(after).error();
  return answer(*after);
}

}  // namespace threeport::apiserver
