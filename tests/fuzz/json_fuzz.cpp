// What is read as JSON is UTF-8, and is read back as it was written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/utf8.h"

namespace json = threeport::base::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  const auto many = json::parse_many(text);
  if (!value) {
    TP_ASSERT(value.error().message.starts_with("line "));
    return 0;
  }
  TP_ASSERT(many.has_value() && many->size() == 1 && many->front().value == *value);
  const std::string dumped = json::dump(*value);
  TP_ASSERT(threeport::base::find_invalid_utf8(dumped) == std::string::npos);
  const auto back = json::parse(dumped);
  TP_ASSERT(back.has_value() && *back == *value && json::dump(*back) == dumped);
  const auto pretty = json::parse(json::dump_pretty(*value));
  TP_ASSERT(pretty.has_value() && *pretty == *value);
  const std::string canonical = json::canonical(*value);
  const auto sorted = json::parse(canonical);
  TP_ASSERT(sorted.has_value() && *sorted == *value && json::canonical(*sorted) == canonical);
  if (value->is_object()) TP_ASSERT(json::make_merge_patch(*value, *sorted).as_object().empty());
  return 0;
}
