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

json::Value Codec<std::map<std::string, std::string>>::encode(const Map& value) {
  json::Object out;
  for (const auto& [key, text] : value) out.append(key, text);
  return out;
}

bool Codec<std::map<std::string, std::string>>::decode(const json::Value& in, Map& out) {
  const json::Object* object = in.if_object();
  if (object == nullptr) return false;
  out.clear();
  for (const json::Member& member : *object) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) return false;
    out.emplace(member.key, *text);
  }
  return true;
}

KindDescriptor complete(KindDescriptor descriptor) {
  for (FieldDescriptor& field : descriptor.fields) {
    const bool reference = !field.references.empty() && field.type != FieldType::relation;
    if (reference) {
      field.flags |= indexed;
      if (field.type == FieldType::integer) field.type = FieldType::unsigned_integer;
      if (descriptor.added) field.flags |= enforced | filter;
      if (field.has(restricts) && field.guard.empty()) {
        field.guard =
            interned(words_of(field.references) + " has related " + descriptor.words() + "s - cannot be deleted");
      }
    }
    if (field.has(filter) && field.query.empty()) field.query = interned(base::lower(field.name));
  }
  return descriptor;
}

}  // namespace threeport::schema
