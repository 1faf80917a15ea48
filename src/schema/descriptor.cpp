#include "schema/descriptor.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace threeport::schema {

const FieldDescriptor* KindDescriptor::find(std::string_view member) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == member; });
  return it == fields.end() ? nullptr : &*it;
}

const FieldDescriptor* KindDescriptor::find_in_body(std::string_view key) const {
  if (const FieldDescriptor* exact = find(key)) return exact;
  const auto matches = [&](const FieldDescriptor& field) {
    return base::equal_without_case(field.go_name.empty() ? field.name : field.go_name, key);
  };
  const auto it = std::find_if(fields.begin(), fields.end(), matches);
  return it == fields.end() ? nullptr : &*it;
}

const FieldDescriptor* KindDescriptor::find_query(std::string_view key) const {
  for (const auto spelling : {&FieldDescriptor::query, &FieldDescriptor::name}) {
    const auto it = std::find_if(fields.begin(), fields.end(), [&](const FieldDescriptor& field) {
      return !field.query.empty() && base::equal_without_case(field.*spelling, key);
    });
    if (it != fields.end()) return &*it;
  }
  return nullptr;
}

std::string KindDescriptor::words() const { return words_of(name); }

std::string words_of(std::string_view pascal_case) {
  const auto upper = [&](std::size_t i) { return std::isupper(static_cast<unsigned char>(pascal_case[i])) != 0; };
  std::string out;
  for (std::size_t i = 0; i < pascal_case.size(); ++i) {
    const bool starts_word = i > 0 && upper(i) && (!upper(i - 1) || (i + 1 < pascal_case.size() && !upper(i + 1)));
    if (starts_word) out += ' ';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(pascal_case[i])));
  }
  return out;
}

}  // namespace threeport::schema
