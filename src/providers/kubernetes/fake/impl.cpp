#include "providers/kubernetes/fake/impl.h"

namespace threeport::providers::kubernetes {

using base::Result;
using base::json::Object;
using base::json::Value;
using fake::Key;
using fake::Refusal;
using fake::Shared;
using fake::Stored;
using fake::to_error;

namespace {

const std::string kPatchManager = "threeport-patch";

Refusal field_conflict(const std::vector<fake::FieldConflict>& conflicts) {
  std::string message =
      "Apply failed with " + std::to_string(conflicts.size()) + " conflict" + (conflicts.size() == 1 ? "" : "s") + ":";
  for (const auto& conflict : conflicts) {
    message += " conflict with \"" + conflict.manager + "\": " + conflict.path;
  }
  return fake::make_refusal(409, "Conflict", std::move(message));
}

}  // namespace

FakeCluster::Impl::Impl(const FakeOptions& options)
    : clock(options.clock != nullptr ? *options.clock : base::system_clock()),
      state(clock),
      controllers(state, options.pods),
      with_controllers(options.controllers) {
  state.hold_namespaces = options.hold_namespaces;
  for (const char* name : {"default", "kube-system"}) {
    Value ns = Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", Object{{"name", name}}}};
    ns["status"]["phase"] = "Active";
    state.put({"/Namespace", "", name}, std::move(ns), {});
  }
  state.take_changed();
}

bool FakeCluster::Impl::wait(std::unique_lock<std::mutex>& lock, const CallOptions& call, Deadline deadline) {
  if (call.stop.stop_requested() || clock.steady_now() >= deadline) return false;
  if (&clock == &base::system_clock()) {
    clock.wait_until(lock, changed, deadline);
  } else {
    // A clock that stands still must not make a watch miss what happens: look again soon.
    changed.wait_for(lock, base::Millis(1));
  }
  return true;
}

Result<void> FakeCluster::Impl::enter(std::string_view verb, const ObjectRef& ref, const CallOptions& call,
                                      std::optional<base::Error>& after) {
  std::function<std::optional<Fault>(const FakeCall&)> ask;
  FakeCall seen{std::string(verb), ref, 0};
  {
    const std::lock_guard lock(mutex);
    seen.number = ++calls;
    ask = hook;
  }
  if (call.stop.stop_requested()) return base::canceled("the call was canceled");
  std::optional<Fault> fault = ask ? ask(seen) : std::nullopt;
  if (fault && fault->how == Fault::How::hang) return hang(call);
  if (fault && fault->how == Fault::How::fail) return fault->error;
  if (fault) after = fault->error;
  const std::lock_guard lock(mutex);
  if (!reachable) return fake::unreachable("connection refused");
  return {};
}

void FakeCluster::Impl::settle() {
  const std::uint64_t before = last_seen;
  if (with_controllers) {
    controllers.run();
  } else {
    serve_definitions();
  }
  last_seen = state.version();
  if (before != last_seen) changed.notify_all();
}

Result<ResourceType> FakeCluster::Impl::type_of(const TypeRef& type) const {
  const ResourceType* found = state.find_type(type);
  if (found == nullptr) return kind_unknown(type.api_version, type.kind);
  return *found;
}

Result<Key> FakeCluster::Impl::key_of(const ObjectRef& ref) const {
  TP_TRY(const ResourceType type, type_of(ref.type()));
  if (type.namespaced && ref.ns.empty()) {
    return base::invalid(ref.to_text() + ": metadata.namespace is missing; set it, for " + ref.kind + " is namespaced");
  }
  Key key = fake::key_of(ref);
  if (!type.namespaced) key.ns.clear();
  return key;
}

std::optional<Refusal> FakeCluster::Impl::namespace_refusal(const Key& key, std::string_view plural) const {
  if (key.ns.empty()) return std::nullopt;
  const Stored* ns = state.find({"/Namespace", "", key.ns});
  if (ns == nullptr) return fake::missing("namespaces", key.ns);
  if (ns->object->at("metadata", "deletionTimestamp").is_null() || state.find(key) != nullptr) return std::nullopt;
  return fake::make_refusal(403, "Forbidden",
                            std::string(plural) + " \"" + key.name +
                                "\" is forbidden: unable to create new content in namespace " + key.ns +
                                " because it is being terminated");
}

Result<Value> FakeCluster::Impl::apply(const Value& manifest, const ApplyOptions& options, const std::string& subject) {
  const Value wanted = make_applicable(manifest);
  const ObjectRef ref = ref_of(wanted);
  TP_TRY(const Key key, key_of(ref));
  TP_TRY(const ResourceType type, type_of(ref.type()));
  if (const auto refusal = namespace_refusal(key, type.plural)) return to_error(*refusal, subject);
  const Stored* stored = state.find(key);
  static const Value kNothing = Object{};
  fake::Applied applied = fake::apply_fields(stored != nullptr ? *stored->object : kNothing,
                                             stored != nullptr ? stored->owners : fake::Owners{}, wanted,
                                             options.field_manager, options.force);
  if (!applied.conflicts.empty()) return to_error(field_conflict(applied.conflicts), subject);
  if (!type.namespaced) applied.object["metadata"].as_object().erase("namespace");
  fake::fill_defaults(applied.object);
  if (auto refusal = fake::validate(applied.object, stored != nullptr ? stored->object.get() : nullptr)) {
    return to_error(*refusal, subject);
  }
  if (options.dry_run) return applied.object;
  state.put(key, std::move(applied.object), std::move(applied.owners));
  // The answer shows the object before any controller has seen it, as a real one does.
  Value answer = *state.find(key)->object;
  state.collect(key);
  return answer;
}

Result<Value> FakeCluster::Impl::patch(const ObjectRef& ref, const Value& merge_patch, const std::string& subject) {
  TP_TRY(const Key key, key_of(ref));
  TP_TRY(const ResourceType type, type_of(ref.type()));
  const Stored* stored = state.find(key);
  if (stored == nullptr) return to_error(fake::missing(type.plural, ref.name), subject);
  Value after = *stored->object;
  base::json::apply_merge_patch(after, merge_patch);
  after["status"] = stored->object->at("status");
  if (after.at("status").is_null()) after.as_object().erase("status");
  if (auto refusal = fake::validate(after, stored->object.get())) return to_error(*refusal, subject);
  fake::Owners owners = fake::own_changes(*stored->object, after, stored->owners, kPatchManager);
  const Shared put = state.put(key, std::move(after), std::move(owners));
  state.collect(key);
  return *put;
}

Result<Removal> FakeCluster::Impl::remove(const ObjectRef& ref, const RemoveOptions& options,
                                          const std::string& subject) {
  if (state.find_type(ref.type()) == nullptr) return Removal::gone;
  TP_TRY(const Key key, key_of(ref));
  const Stored* stored = state.find(key);
  if (stored == nullptr) return Removal::gone;
  const std::string uid(stored->object->at("metadata", "uid").text());
  if (!options.uid.empty() && options.uid != uid) {
    return to_error(
        fake::make_refusal(409, "Conflict",
                           "Precondition failed: UID in precondition: " + options.uid + ", UID in object meta: " + uid),
        subject);
  }
  return state.remove(key, options.propagation) ? Removal::gone : Removal::pending;
}

Result<void> FakeCluster::Impl::hang(const CallOptions& call) {
  const std::stop_callback wake(call.stop, [this] {
    const std::lock_guard lock(mutex);
    changed.notify_all();
  });
  const Deadline deadline = deadline_of(call);
  std::unique_lock lock(mutex);
  while (wait(lock, call, deadline)) {
  }
  if (call.stop.stop_requested()) return base::canceled("the call was canceled");
  return fake::unreachable("no answer in time");
}

void FakeCluster::Impl::serve_definitions() {
  for (const Key& key : state.take_changed()) {
    if (key.bucket != "apiextensions.k8s.io/CustomResourceDefinition") continue;
    if (const Stored* stored = state.find(key)) state.add_definition(*stored->object);
  }
}

}  // namespace threeport::providers::kubernetes
