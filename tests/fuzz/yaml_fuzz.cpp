// What is read as YAML has a JSON form, and is read back as it was written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/yaml.h"

namespace json = threeport::base::json;
namespace yaml = threeport::base::yaml;

namespace {

json::Value through_yaml(const json::Value& value) {
  const auto back = yaml::parse_document(yaml::dump(value));
  TP_ASSERT(back.has_value());
  return *back;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto documents = yaml::parse_documents_with_lines(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!documents) {
    TP_ASSERT(documents.error().message.starts_with("line "));
    return 0;
  }
  for (const yaml::Document& document : *documents) {
    const auto as_json = json::parse(json::dump(document.value));
    TP_ASSERT(as_json.has_value() && *as_json == document.value);
    if (document.value.is_null()) continue;  // written alone it reads as no document at all
    // JSON texts keep numbers that YAML rounds, so it is the second reading that changes nothing any more.
    const json::Value once = through_yaml(document.value);
    TP_ASSERT(through_yaml(once) == once);
  }
  return 0;
}
