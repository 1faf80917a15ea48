// `delete`: instances before their definitions, and what depends on others before these.
#include <algorithm>

#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

/// Deletes one object after the other; each is gone before the next one is asked for, as guards demand it.
class Removal {
 public:
  Removal(Session& session, client::Api& api, const DeleteOptions& options)
      : session_(session), api_(api), options_(options), started_(session.environment().clock.steady_now()) {}

  /// Returns the exit code. A name that nothing has is an error, unless `missing_is_fine`.
  Result<int> remove(const Subject& subject, const std::string& name, bool missing_is_fine) {
    if (subject.is_combined()) return remove_combined(subject, name, missing_is_fine);
    auto object = session_.find(subject, target_of(subject, name));
    if (!object && object.error().kind == base::ErrorKind::not_found && missing_is_fine) {
      session_.output().line(label(*subject.kind, name) + " was not there");
      return 0;
    }
    if (!object) return std::move(object).error();
    return remove_object(*subject.kind, *object);
  }

 private:
  /// --environment beside files is for the workloads among them.
  [[nodiscard]] Target target_of(const Subject& subject, const std::string& name) const {
    const bool is_for_it = options_.files.empty() || subject.name == kWorkload;
    return {subject.name, name, is_for_it ? options_.target.environment : ""};
  }

  Result<int> remove_combined(const Subject& subject, const std::string& name, bool missing_is_fine) {
    auto found = session_.find(subject, target_of(subject, name));
    auto definition = api_.find_by_name(*subject.definition, name);
    if (!definition && definition.error().kind != base::ErrorKind::not_found) return std::move(definition).error();
    if (!found && found.error().kind != base::ErrorKind::not_found) return std::move(found).error();
    // Who names an environment means its instance, not the definition that others share.
    TP_TRY(const std::string environment, session_.environment(target_of(subject, name).environment));
    const bool is_instance_meant = subject.name == kWorkload && !environment.empty();
    if (!found && (!definition || is_instance_meant)) {
      if (!missing_is_fine) return std::move(found).error();
      session_.output().line(subject.word + "/" + name + " was not there");
      return 0;
    }
    if (found) {
      if (definition) TP_CHECK(check_only_instance(subject, *definition, name));
      TP_TRY(const int code, remove_object(*subject.kind, *found));
      if (code != 0) return code;
    }
    if (!definition) return 0;
    if (found && !options_.wait) {
      session_.output().info(label(*subject.definition, name) +
                             " stays until its instance is gone; repeat the command");
      return 0;
    }
    return remove_object(*subject.definition, *definition);
  }

  /// As v0: a definition with more instances than this one is not removed together with one of them.
  Result<void> check_only_instance(const Subject& subject, const Object& definition, const std::string& name) {
    for (const schema::FieldDescriptor& field : subject.kind->fields) {
      if (field.references != subject.definition->name || field.query.empty()) continue;
      TP_TRY(const auto instances,
             api_.list(*subject.kind, {{std::string(field.query), std::to_string(definition.id())}}));
      if (instances.size() > 1) {
        return base::conflict(label(*subject.definition, name) + " has " + std::to_string(instances.size()) +
                              " instances: delete them one by one with `tptctl delete " + word_of(*subject.kind) +
                              " NAME`");
      }
    }
    return {};
  }

  Result<int> remove_object(const KindDescriptor& kind, const Object& object) {
    const std::string name = object.name().empty() ? std::to_string(object.id()) : std::string(object.name());
    // A deletion that somebody has asked for already is only waited for, unless it is to be given up.
    const bool is_scheduled = object.data.find("DeletionScheduled") != nullptr;
    if (!is_scheduled || options_.abandon) {
      auto removed = api_.remove(kind, object.id(), {.abandon = options_.abandon});
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
    return code;
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
    return Removal(session, *api, options).remove(subject, options.target.name, false);
  }
  if (!options.target.name.empty()) return base::invalid("delete takes KIND NAME or -f FILE, not both");
  TP_TRY(auto documents, read_documents({options.files, options.name}, session.vocabulary(), session.environment()));
  if (!options.target.kind.empty()) {
    TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
    for (const Document& document : documents) {
      if (document.subject.name == subject.name) continue;
      return base::invalid(document.where + ": this is a " + document.subject.name + ", not a " + subject.name);
    }
  }
  TP_TRY(client::Api* const api, session.api());
  Removal removal(session, *api, options);
  for (const Document& document : in_order_of_removal(std::move(documents))) {
    TP_TRY(const int code, removal.remove(document.subject, document.name, true));
    if (code != 0) return code;
  }
  return 0;
}

}  // namespace threeport::cli
