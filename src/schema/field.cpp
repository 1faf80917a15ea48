#include "schema/field.h"

#include <memory>
#include <mutex>
#include <set>

namespace threeport::schema {
namespace {

/// Descriptors hold views; derived names need a home that lives as long as the program.
std::string_view interned(std::string text) {
  static std::mutex mutex;
  static std::set<std::string> names;
  const std::lock_guard lock(mutex);
  return *names.insert(std::move(text)).first;
}

}  // namespace

KindDescriptor complete(KindDescriptor descriptor) {
  for (FieldDescriptor& field : descriptor.fields) {
    const bool reference = !field.references.empty() && field.type != FieldType::relation;
    if (reference) {
      field.flags |= indexed;
      if (descriptor.added) field.flags |= enforced | filter;
    }
    if (field.has(filter) && field.query.empty()) field.query = interned(base::lower(field.name));
  }
  return descriptor;
}

}  // namespace threeport::schema
