#include "controllers/workload/revisions.h"

#include <algorithm>

namespace threeport::controllers::workload {
namespace {

kinds::Revision numbered_after(const kinds::Revision* last, schema::ObjectId instance,
                               const kinds::WorkloadDefinition& definition) {
  kinds::Revision out;
  out.number = last == nullptr ? 1 : last->number + 1;
  out.workload_instance = {instance};
  out.workload_definition = {definition.meta.id};
  out.definition_generation = definition.meta.generation;
  out.seen = json::Object{{"Definition", definition.meta.generation}};
  return out;
}

}  // namespace

const kinds::Revision* newest(const std::vector<kinds::Revision>& revisions) {
  const auto it = std::max_element(revisions.begin(), revisions.end(),
                                   [](const auto& a, const auto& b) { return a.number < b.number; });
  return it == revisions.end() ? nullptr : &*it;
}

std::optional<kinds::Revision> make_next(const kinds::WorkloadInstance& instance,
                                         const kinds::WorkloadDefinition& definition,
                                         const std::vector<kinds::Revision>& revisions) {
  const kinds::Revision* last = newest(revisions);
  if (last != nullptr) {
    const bool same_definition =
        last->workload_definition == schema::Ref<kinds::WorkloadDefinition>{definition.meta.id};
    const bool seen = last->seen.at("Definition").as_int().value_or(0) >= definition.meta.generation;
    if (same_definition && (seen || last->yaml_document == definition.yaml_document)) return std::nullopt;
  }
  kinds::Revision out = numbered_after(last, instance.meta.id, definition);
  out.yaml_document = definition.yaml_document;
  out.cause = json::Object{{"Type", "Definition"}, {"By", "controller:WorkloadInstance"}, {"Note", ""}};
  if (last != nullptr) out.cause["FromRevisionID"] = last->meta.id;
  return out;
}

kinds::Revision make_rollback(const kinds::Revision& source, const kinds::Revision& current,
                              const kinds::WorkloadDefinition& definition, std::string_view by) {
  kinds::Revision out = numbered_after(&current, source.workload_instance.id, definition);
  out.yaml_document = source.yaml_document;
  out.variables = source.variables;
  out.images = source.images;
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
