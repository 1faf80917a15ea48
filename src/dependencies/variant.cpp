#include "dependencies/variant.h"

#include <regex>

namespace threeport::dependencies {
namespace {

/// A matcher needs memory for each character that it has seen.
constexpr std::size_t kLongest = 1024;

bool is_regex(std::string_view text) {
  try {
    const std::regex read{std::string(text)};
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

std::string text_of(const json::Value& value) {
  return value.is_string() ? std::string(value.text()) : json::dump(value);
}

}  // namespace

base::Result<void> check_variants(const json::Value& variants) {
  const json::Array* all = variants.if_array();
  if (all == nullptr) return {};
  for (std::size_t i = 0; i < all->size(); ++i) {
    const std::string where = "Params.Variants[" + std::to_string(i) + "]";
    const json::Value& matching = (*all)[i].at("Matching");
    if (matching.is_null()) continue;
    if (!matching.is_object()) return base::invalid(where + ".Matching must be an object of parameter: expression");
    for (const json::Member& member : matching.as_object()) {
      if (!member.value.is_string() || !is_regex(member.value.text()))
        return base::invalid(where + ".Matching." + member.key + " must be a regular expression");
    }
  }
  return {};
}

bool suits(const json::Value& variant, const Outputs& params) {
  const json::Object* matching = variant.at("Matching").if_object();
  if (matching == nullptr) return true;
  for (const json::Member& member : *matching) {
    const auto param = params.find(member.key);
    if (param == params.end()) return false;
    const std::string text = text_of(param->second.value);
    if (text.size() > kLongest || !std::regex_match(text, std::regex(std::string(member.value.text())))) return false;
  }
  return true;
}

}  // namespace threeport::dependencies
