// `delete`: instances before their definitions, and what depends on others before these.
#include <algorithm>
#include <array>
#include <set>

#include "cli/commands.h"
#include "cli/delivery_environment.h"
#include "cli/documents.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

/// Objects that `delete` leaves alone while the member is true, as v0 does.
struct Protection {
  std::string_view kind, member, advice;
};
constexpr std::array kProtections{
    Protection{"ControlPlaneInstance", "Genesis",
               "it is the first control plane, which no other one made; `tptctl down` ends it"}};

/// Objects that were made together with another one, and go with it.
struct Companionship {
  std::string_view kind, member;  ///< the reference to the companion
};
constexpr std::array kCompanionships{
    Companionship{"AwsEksKubernetesRuntimeInstance", "KubernetesRuntimeInstanceID"},
    Companionship{"AwsEksKubernetesRuntimeDefinition", "KubernetesRuntimeDefinitionID"}};

/// The reference of an instance's kind to its definition; nullptr where it is no filter.
const schema::FieldDescriptor* definition_filter(const KindDescriptor& instance, const KindDescriptor& definition) {
  const auto found = std::find_if(instance.fields.begin(), instance.fields.end(), [&](const auto& field) {
    return field.references == definition.name && field.type != schema::FieldType::relation && !field.query.empty();
  });
  return found == instance.fields.end() ? nullptr : &*found;
}

/// Deletes one object after the other; each is gone before the next one is asked for, as guards demand it.
class Removal {
 public:
  Removal(Session& session, client::Api& api, const DeleteOptions& options)
      : session_(session), api_(api), options_(options), started_(session.environment().clock.steady_now()) {}

  /// All documents, later ones and instances first. Nothing is deleted where one of them may not be.
  Result<int> remove_all(const std::vector<Document>& documents) {
    for (const Document& document : documents) TP_CHECK(check_document(document, documents));
    for (const Document& document : documents) {
      auto code = remove(document.subject, target_of(document), true);
      const bool is_in_use = !code && code.error().kind == base::ErrorKind::conflict;
      if (is_in_use && (document.is_shared || !options_.wait)) {
        session_.output().info(
            label(*document.subject.kind, document.name) +
            (options_.wait ? " stays, since others use it" : " stays until its instance is gone; repeat the command"));
        continue;
      }
      if (!code || *code != 0) return code;
    }
    return 0;
  }

  /// Returns the exit code. A name that nothing has is an error, unless `missing_is_fine`.
  Result<int> remove(const Subject& subject, const Target& target, bool missing_is_fine) {
    if (subject.is_combined()) return remove_combined(subject, target, missing_is_fine);
    auto object = session_.find(subject, target);
    if (!object && object.error().kind == base::ErrorKind::not_found && missing_is_fine) {
      session_.output().line(label(*subject.kind, target.name) + " was not there");
      return 0;
    }
    if (!object) return std::move(object).error();
    return remove_object(*subject.kind, *object);
  }

 private:
  /// --environment is for the workloads of the files that name none themselves.
  [[nodiscard]] Target target_of(const Document& document) const {
    if (document.subject.name != kWorkload) return {document.subject.name, document.name};
    const std::string own = document.environment();
    return {document.subject.name, document.name, own.empty() ? options_.target.environment : own};
  }

  /// Who names an environment means its instance, not the definition that others share.
  Result<bool> is_instance_meant(const Subject& subject, const Target& target) {
    if (subject.name != kWorkload) return false;
    TP_TRY(const std::string environment, session_.environment(target.environment));
    return !environment.empty();
  }

  Result<int> remove_combined(const Subject& subject, const Target& target, bool missing_is_fine) {
    const std::string& name = target.name;
    auto found = session_.find(subject, target);
    auto definition = api_.find_by_name(*subject.definition, name);
    if (!definition && definition.error().kind != base::ErrorKind::not_found) return std::move(definition).error();
    if (!found && found.error().kind != base::ErrorKind::not_found) return std::move(found).error();
    TP_TRY(const bool instance_meant, is_instance_meant(subject, target));
    if (!found && (!definition || instance_meant)) {
      if (!missing_is_fine) return std::move(found).error();
      session_.output().line(subject.word + "/" + name + " was not there");
      return 0;
    }
    if (found) {
      if (definition && !instance_meant) TP_CHECK(check_only_instance(subject, *definition, name));
      TP_TRY(const int code, remove_object(*subject.kind, *found));
      if (code != 0) return code;
    }
    if (!definition) return 0;
    TP_TRY(const auto instances, instances_of(subject, *definition));
    const bool has_others = std::any_of(instances.begin(), instances.end(),
                                        [&](const Object& other) { return found && other.id() != found->id(); });
    if (instance_meant && has_others) {
      session_.output().info(label(*subject.definition, name) + " stays, since it has other instances");
      return 0;
    }
    if (found && !options_.wait) {
      session_.output().info(label(*subject.definition, name) +
                             " stays until its instance is gone; repeat the command");
      return 0;
    }
    return remove_object(*subject.definition, *definition);
  }

  Result<void> check_document(const Document& document, const std::vector<Document>& documents) {
    const Subject& subject = document.subject;
    const Target target = target_of(document);
    auto object = session_.find(subject, target);
    if (object) TP_CHECK(check_unprotected(*subject.kind, *object));
    if (!object && object.error().kind != base::ErrorKind::not_found) return std::move(object).error();
    if (subject.is_combined()) {
      TP_TRY(const bool instance_meant, is_instance_meant(subject, target));
      if (instance_meant) return {};
      auto definition = api_.find_by_name(*subject.definition, document.name);
      return object && definition ? check_only_instance(subject, *definition, document.name) : Result<void>();
    }
    const Subject* combined = find_combined(*subject.kind);
    if (!object || combined == nullptr || document.is_shared) return {};
    TP_TRY(const auto instances, instances_of(*combined, *object));
    std::set<std::string_view> named;
    for (const Document& other : documents) {
      if (other.subject.name == combined->kind->name) named.insert(other.name);
    }
    const auto stays = [&](const Object& instance) { return !named.contains(instance.name()); };
    const auto other = std::find_if(instances.begin(), instances.end(), stays);
    if (other == instances.end()) return {};
    return base::conflict(label(*subject.kind, document.name) + " has the instance " + std::string(other->name()) +
                          ", which these files do not name: delete it first, with `tptctl delete " +
                          word_of(*combined->kind) + " " + std::string(other->name()) + "`");
  }

  /// The combined subject whose definition the kind is.
  [[nodiscard]] const Subject* find_combined(const KindDescriptor& definition) const {
    const auto& subjects = session_.vocabulary().subjects();
    const auto found =
        std::find_if(subjects.begin(), subjects.end(), [&](const Subject& s) { return s.definition == &definition; });
    return found == subjects.end() ? nullptr : &*found;
  }

  Result<std::vector<Object>> instances_of(const Subject& combined, const Object& definition) {
    const schema::FieldDescriptor* field = definition_filter(*combined.kind, *combined.definition);
    if (field == nullptr) return std::vector<Object>();
    return api_.list(*combined.kind, {{std::string(field->query), std::to_string(definition.id())}});
  }

  static Result<void> check_unprotected(const KindDescriptor& kind, const Object& object) {
    for (const Protection& row : kProtections) {
      if (row.kind != kind.name || object.data.at(row.member) != json::Value(true)) continue;
      return base::denied(label(kind, object.name()) + " is not deleted: " + std::string(row.advice));
    }
    return {};
  }

  /// As v0: a definition with more instances than this one is not removed together with one of them.
  Result<void> check_only_instance(const Subject& subject, const Object& definition, const std::string& name) {
    TP_TRY(const auto instances, instances_of(subject, definition));
    if (instances.size() <= 1) return {};
    return base::conflict(label(*subject.definition, name) + " has " + std::to_string(instances.size()) +
                          " instances: delete them one by one with `tptctl delete " + word_of(*subject.kind) +
                          " NAME`");
  }

  /// Whoever names files names companions too.
  Result<int> remove_companion(const KindDescriptor& kind, const Object& object) {
    for (const Companionship& row : kCompanionships) {
      const auto id = object.data.at(row.member).as_int();
      if (row.kind != kind.name || !id || !options_.files.empty() || !options_.wait) continue;
      const KindDescriptor& companion = *session_.registry().find(kind.find(row.member)->references);
      auto found = api_.get(companion, *id);
      if (found) return remove_object(companion, *found);
      if (found.error().kind != base::ErrorKind::not_found) return std::move(found).error();
    }
    return 0;
  }

  Result<int> remove_object(const KindDescriptor& kind, const Object& object) {
    TP_CHECK(check_unprotected(kind, object));
    const std::string name = object.name().empty() ? std::to_string(object.id()) : std::string(object.name());
    // A deletion that somebody has asked for already is only waited for, unless it is to be given up.
    const bool is_scheduled = object.data.find("DeletionScheduled") != nullptr;
    if (!is_scheduled || options_.abandon) {
      auto removed = api_.remove(kind, object.id(), {.abandon = options_.abandon, .cascade = options_.cascade});
      if (!removed && removed.error().kind != base::ErrorKind::not_found) {
        return std::move(removed).error().with_context(label(kind, name));
      }
      if (removed) show_left_behind(*removed);
    }
    if (!options_.wait) {
      const bool is_gone = !api_.get(kind, object.id()).has_value();
      session_.output().line(label(kind, name) + (is_gone ? " deleted" : " is being deleted"));
      return 0;
    }
    TP_TRY(const int code, wait_until_gone(session_, {{&kind, object.id(), name, {}, {}}}, remaining()));
    return code != 0 ? code : remove_companion(kind, object);
  }

  void show_left_behind(const Object& removed) {
    const json::Array* left = removed.data.at("LeftBehind").if_array();
    if (left == nullptr) return;
    for (const json::Value& object : *left) session_.output().warning("left behind: " + std::string(object.text()));
  }

  [[nodiscard]] base::Millis remaining() const {
    const auto used = session_.environment().clock.steady_now() - started_;
    return std::max(base::Millis(0), *options_.wait - std::chrono::duration_cast<base::Millis>(used));
  }

  Session& session_;
  client::Api& api_;
  const DeleteOptions& options_;
  const std::chrono::steady_clock::time_point started_;
};

/// Later documents and instances first; definitions follow their instances.
std::vector<Document> in_order_of_removal(std::vector<Document> documents) {
  std::reverse(documents.begin(), documents.end());
  const auto is_early = [](const Document& document) {
    return document.subject.is_combined() || document.subject.kind->name.ends_with("Instance");
  };
  std::stable_partition(documents.begin(), documents.end(), is_early);
  return documents;
}

}  // namespace

Result<int> remove(Session& session, const DeleteOptions& options) {
  if (options.files.empty()) {
    if (options.target.kind.empty() || options.target.name.empty()) {
      return base::invalid("delete needs KIND NAME, or -f FILE: tptctl delete workload web");
    }
    TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
    TP_TRY(client::Api* const api, session.api());
    const Target target{subject.name, options.target.name, options.target.environment};
    return Removal(session, *api, options).remove(subject, target, false);
  }
  if (!options.target.name.empty()) return base::invalid("delete takes KIND NAME or -f FILE, not both");
  TP_TRY(auto documents, read_documents({options.files, options.name}, session.vocabulary(), session.environment()));
  if (!options.target.kind.empty()) {
    TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
    for (const Document& document : documents) {
      if (document.written_as == subject.name || (document.is_score() && subject.name == kWorkload)) continue;
      return base::invalid(document.where + ": this is a " + document.written_as + ", not a " + subject.name);
    }
  }
  TP_CHECK(environment_for(session, documents, options.target.environment));
  TP_TRY(client::Api* const api, session.api());
  return Removal(session, *api, options).remove_all(in_order_of_removal(std::move(documents)));
}

}  // namespace threeport::cli
