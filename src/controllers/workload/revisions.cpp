#include "controllers/workload/revisions.h"

#include <algorithm>
#include <tuple>

namespace threeport::controllers::workload {
namespace {

std::int64_t seen(const kinds::Revision& revision, std::string_view what) {
  return revision.seen.at(what).as_int().value_or(0);
}

/// What an instance runs.
auto content_of(const kinds::Revision& revision) {
  return std::tie(revision.yaml_document, revision.score_document, revision.dependencies, revision.variables);
}

void take_definition(kinds::Revision& out, const kinds::WorkloadDefinition& definition) {
  out.yaml_document = definition.yaml_document;
  out.score_document = definition.score_document;
  out.dependencies = definition.dependencies;
  out.workload_definition = {definition.meta.id};
  out.definition_generation = definition.meta.generation;
  out.seen["Definition"] = definition.meta.generation;
}

void take_environment(kinds::Revision& out, const Declared& declared) {
  if (declared.environment == nullptr) return;
  json::Object variables;
  for (const auto& [key, value] : declared.environment->variables.value_or(Secrets{})) variables.append(key, value);
  out.variables = std::move(variables);
  out.secrets = declared.secrets;
  out.seen["Environment"] = declared.environment->meta.generation;
}

/// The next number, with the content of `source`.
kinds::Revision next_of(const kinds::Revision* last, const kinds::Revision& source, schema::ObjectId instance) {
  kinds::Revision out = source;
  out.meta = {};
  out.claims = {};
  out.number = last == nullptr ? 1 : last->number + 1;
  out.workload_instance = {instance};
  return out;
}

}  // namespace

const kinds::Revision* newest(const std::vector<kinds::Revision>& revisions) {
  const auto it = std::max_element(revisions.begin(), revisions.end(),
                                   [](const auto& a, const auto& b) { return a.number < b.number; });
  return it == revisions.end() ? nullptr : &*it;
}

std::optional<kinds::Revision> make_next(const kinds::WorkloadInstance& instance, const Declared& declared,
                                         const std::vector<kinds::Revision>& revisions, const Secrets& newest_secrets) {
  const kinds::Revision* last = newest(revisions);
  const kinds::WorkloadDefinition& definition = declared.definition;
  const bool is_asked_for =
      instance.requested_generation == 0 || definition.meta.generation <= instance.requested_generation;
  const bool same_definition = last != nullptr && last->workload_definition.id == definition.meta.id;
  const bool new_definition =
      last == nullptr || (is_asked_for && (!same_definition || seen(*last, "Definition") < definition.meta.generation));
  const bool new_environment = declared.environment != nullptr &&
                               (last == nullptr || seen(*last, "Environment") < declared.environment->meta.generation);
  if (!new_definition && !new_environment) return std::nullopt;

  kinds::Revision out = next_of(last, last == nullptr ? kinds::Revision{} : *last, instance.meta.id);
  out.secrets = newest_secrets.empty() ? std::nullopt : std::optional(newest_secrets);
  if (new_definition) take_definition(out, definition);
  if (new_environment) take_environment(out, declared);
  const bool same =
      same_definition && content_of(out) == content_of(*last) && out.secrets.value_or(Secrets{}) == newest_secrets;
  if (same) return std::nullopt;
  out.cause = json::Object{
      {"Type", new_definition ? "Definition" : "Variables"}, {"By", "controller:WorkloadInstance"}, {"Note", ""}};
  if (last != nullptr) out.cause["FromRevisionID"] = last->meta.id;
  return out;
}

kinds::Revision make_rollback(const kinds::Revision& source, const kinds::Revision& current, const Declared& declared,
                              std::string_view by) {
  kinds::Revision out = next_of(&current, source, source.workload_instance.id);
  out.seen = json::Object{{"Definition", declared.definition.meta.generation}};
  if (declared.environment != nullptr) out.seen["Environment"] = declared.environment->meta.generation;
  out.cause = json::Object{{"Type", "Rollback"},
                           {"By", by},
                           {"Note", "to revision " + std::to_string(source.number)},
                           {"FromRevisionID", current.meta.id}};
  return out;
}

const kinds::Revision* previous_good(const kinds::WorkloadInstance& instance,
                                     const std::vector<kinds::Revision>& revisions) {
  const kinds::Revision* target = newest(revisions);
  const kinds::Revision* out = nullptr;
  for (const kinds::Revision& revision : revisions) {
    if (target != nullptr && revision.meta.id == target->meta.id) continue;
    if (revision.meta.id == instance.good_revision) return &revision;
    // Without a recorded good one the revision before the target is the best guess.
    if (out == nullptr || revision.number > out->number) out = &revision;
  }
  return out;
}

std::vector<schema::ObjectId> superfluous(const kinds::WorkloadInstance& instance,
                                          const std::vector<kinds::Revision>& revisions) {
  std::vector<const kinds::Revision*> sorted;
  sorted.reserve(revisions.size());
  for (const kinds::Revision& revision : revisions) sorted.push_back(&revision);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->number > b->number; });
  std::vector<schema::ObjectId> out;
  for (std::size_t i = kKeptRevisions; i < sorted.size(); ++i) {
    const schema::ObjectId id = sorted[i]->meta.id;
    if (id != instance.target_revision && id != instance.good_revision) out.push_back(id);
  }
  return out;
}

}  // namespace threeport::controllers::workload
