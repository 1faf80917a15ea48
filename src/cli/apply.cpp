#include <algorithm>

#include "cli/commands.h"
#include "cli/delivery_environment.h"
#include "cli/documents.h"
#include "cli/namespace_rule.h"
#include "cli/only_one.h"
#include "cli/plan.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::ObjectId;

/// `create`: everything must be new, and of the kind that was named. Leaves out what is there already and may be.
Result<std::vector<Document>> to_be_created(Session& session, client::Api& api, const ApplyOptions& options,
                                            std::vector<Document> documents) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.only_kind));
  std::vector<Document> out;
  for (Document& document : documents) {
    if (document.is_score()) {
      return base::invalid(document.where + ": this is a Score file, not a " + subject.name +
                           "; `tptctl apply -f` takes it");
    }
    if (document.written_as != subject.name) {
      const Subject* written = session.vocabulary().find_name(document.written_as);
      return base::invalid(document.where + ": this is a " + document.written_as + ", not a " + subject.name +
                           "; use `tptctl create " + (written == nullptr ? document.subject.word : written->word) +
                           "`, or `tptctl apply` for any kind");
    }
    std::vector<const KindDescriptor*> kinds{document.subject.kind};
    if (document.subject.is_combined()) kinds.insert(kinds.begin(), document.subject.definition);
    bool is_new = true;
    for (const KindDescriptor* kind : kinds) {
      const auto existing = api.find_by_name(*kind, document.name);
      if (existing && !document.is_shared) {
        return base::conflict(label(*kind, document.name) + " exists already; `tptctl apply -f` changes it");
      }
      if (!existing && existing.error().kind != base::ErrorKind::not_found) return existing.error();
      is_new = is_new && !existing;
    }
    if (is_new) out.push_back(std::move(document));
  }
  return out;
}

bool touches(const json::Value& change, std::string_view member) {
  const json::Array* members = change.at("Members").if_array();
  return members != nullptr && std::any_of(members->begin(), members->end(), [&](const json::Value& entry) {
           return entry.at("Member").text() == member;
         });
}

/// What --wait waits for: the reconciled objects of the plan. An instance whose definition was changed by the same plan
/// is ready only with a revision of that definition.
Result<std::vector<Awaited>> awaited_of(Session& session, client::Api& api, const json::Value& plan) {
  std::vector<Awaited> out;
  const json::Array* changes = plan.at("Changes").if_array();
  if (changes == nullptr) return out;
  for (const json::Value& change : *changes) {
    const KindDescriptor* kind = session.registry().find(change.at("Kind").text());
    // Dependencies that come along are waited for by those that need them.
    if (kind == nullptr || !kind->reconciled || kind->controller_made || change.at("Action").text() == "Delete")
      continue;
    out.push_back({kind, change.at("ID").as_int().value_or(0), std::string(change.at("Name").text()), {}, {}});
  }
  for (const json::Value& change : *changes) {
    if (change.at("Action").text() != "Update") continue;
    if (!touches(change, "YAMLDocument") && !touches(change, "ScoreDocument")) continue;
    const KindDescriptor* kind = session.registry().find(change.at("Kind").text());
    if (kind == nullptr) continue;
    TP_TRY(const client::Object definition, api.get(*kind, change.at("ID").as_int().value_or(0)));
    for (Awaited& awaited : out) {
      const auto refers = [&](const auto& field) { return field.references == kind->name; };
      const auto& fields = awaited.kind->fields;
      const auto field = std::find_if(fields.begin(), fields.end(), refers);
      if (field == fields.end() || field->type == schema::FieldType::relation) continue;
      TP_TRY(const client::Object instance, api.get(*awaited.kind, awaited.id));
      if (instance.data.at(field->name).as_int() != definition.id()) continue;
      awaited.definition_generation = definition.data.at("Generation").as_int();
    }
  }
  return out;
}

/// The server's error in the user's terms: the server counts documents, the user has files.
base::Error explain(const std::vector<Document>& documents, base::Error error) {
  for (std::size_t i = documents.size(); i > 0; --i) {
    const std::string number = "document " + std::to_string(i);
    if (error.message.starts_with(number + " ") || error.message.starts_with(number + ":")) {
      return std::move(error).with_context(documents[i - 1].where);
    }
  }
  return error;
}

constexpr base::Millis kPatience{120'000};

/// Sends documents to `path`, which is /v0/plan or /v0/apply: its Plan.
Result<json::Value> send(Session& session, client::Api& api, std::string_view path,
                         const std::vector<Document>& documents, const std::string& environment) {
  json::Value body = apply_body(documents);
  TP_TRY(const std::string chosen, environment_for(session, documents, environment));
  if (!chosen.empty()) body["Environment"] = chosen;
  auto answer = api.call("POST", path, body, kPatience);
  if (answer) return answer->first();
  return explain(documents, explain_environment(session, api, environment, chosen, std::move(answer).error()));
}

Result<json::Value> send_plan(client::Api& api, std::int64_t id) {
  TP_TRY(const client::Answer answer, api.call("POST", "/v0/apply", json::Object{{"PlanID", id}}, kPatience));
  return answer.first();
}

Result<json::Value> send_files(Session& session, client::Api& api, const ApplyOptions& options) {
  TP_TRY(auto documents,
         read_documents({options.files, options.name, options.images}, session.vocabulary(), session.environment()));
  if (options.create_only) {
    TP_TRY(documents, to_be_created(session, api, options, std::move(documents)));
  }
  TP_CHECK(check_only_one(api, documents));
  TP_TRY(const std::string environment, session.environment(options.environment));
  if (environment.empty()) TP_CHECK(check_own_namespaces(api, session.vocabulary(), documents));
  return send(session, api, "/v0/apply", documents, options.environment);
}

}  // namespace

Result<int> apply(Session& session, const ApplyOptions& options) {
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const json::Value plan, options.plan ? send_plan(*api, *options.plan) : send_files(session, *api, options));
  print_outcome(session, plan);
  if (!options.wait) return 0;
  TP_TRY(auto awaited, awaited_of(session, *api, plan));
  return wait_until_ready(session, std::move(awaited), *options.wait);
}

Result<int> plan(Session& session, const PlanOptions& options) {
  TP_TRY(const auto documents,
         read_documents({options.files, options.name, options.images}, session.vocabulary(), session.environment()));
  TP_TRY(client::Api* const api, session.api());
  TP_CHECK(check_only_one(*api, documents));
  TP_TRY(const json::Value plan, send(session, *api, "/v0/plan", documents, options.environment));
  print_plan(session, plan, options.format);
  return 0;
}

}  // namespace threeport::cli
