// The kinds that a program knows. Built once in main (or in a test), then read-only: no static registration.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/field.h"

namespace threeport::schema {

/// A member of another kind that points at the kind in question.
struct Referrer {
  const KindDescriptor* kind;
  const FieldDescriptor* field;
};

/// Immutable after construction, so safe to share between threads.
class Registry {
 public:
  explicit Registry(std::vector<KindDescriptor> kinds);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// In the order of registration.
  [[nodiscard]] const std::vector<KindDescriptor>& kinds() const { return kinds_; }
  /// By name, "WorkloadInstance"; nullptr where unknown.
  [[nodiscard]] const KindDescriptor* find(std::string_view name) const;
  /// By path, "workload-instances"; nullptr where unknown.
  [[nodiscard]] const KindDescriptor* find_path(std::string_view path) const;
  /// As people write it: name, plural or singular path, alias, without case; nullptr where unknown.
  [[nodiscard]] const KindDescriptor* find_any(std::string_view word) const;
  /// Members of other kinds whose live objects forbid the deletion of an object of `kind`.
  [[nodiscard]] const std::vector<Referrer>& guards_of(std::string_view kind) const;
  /// Members of other kinds whose live objects are part of an object of `kind` and are removed with it.
  [[nodiscard]] const std::vector<Referrer>& parts_of(std::string_view kind) const;

 private:
  std::vector<KindDescriptor> kinds_;
  std::map<std::string_view, const KindDescriptor*, std::less<>> by_name_, by_path_;
  std::map<std::string_view, std::vector<Referrer>, std::less<>> guards_, parts_;
};

/// describe<K>() for each kind, in order. Does not compile where a table leaves a member out; the check stands here, in
/// one file of the build, because counting members costs the compiler seconds.
template <typename... Ks>
std::vector<KindDescriptor> describe_all() {
  static_assert((describes_every_member<Ks> && ...), "a fields() table does not describe every member of its kind");
  std::vector<KindDescriptor> out;
  (out.push_back(describe<Ks>()), ...);
  return out;
}

}  // namespace threeport::schema
