// A Score file is read or refused with words; what is read can be rendered, twice the same, once its images are given
// and its sources inlined.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "score/manifests.h"

namespace base = threeport::base;
namespace json = threeport::json;
namespace score = threeport::score;

namespace {

base::Result<score::Output> answer_anything(const score::Reference& reference) {
  return score::Output{.value = reference.text, .secret = reference.path.back() == "password"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto workload = score::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!workload) {
    TP_ASSERT(workload.error().kind == base::ErrorKind::invalid && !workload.error().message.empty());
    return 0;
  }
  for (score::Container& container : workload->containers) {
    if (container.image == score::kImageGivenLater) container.image = "given";
    for (score::File& file : container.files) {
      if (file.source) file.content = std::move(file.source);
      file.source.reset();
    }
  }
  const score::Surroundings surroundings{.resources = answer_anything, .salt = "salt"};
  const auto once = score::make_manifests(*workload, surroundings);
  const auto again = score::make_manifests(*workload, surroundings);
  TP_ASSERT(once.has_value() == again.has_value());
  if (!once) {
    TP_ASSERT(once.error().kind == base::ErrorKind::invalid);
    return 0;
  }
  TP_ASSERT(*once == *again);
  for (const json::Value& manifest : *once) TP_ASSERT(!manifest.at("metadata", "name").text().empty());
  return 0;
}
