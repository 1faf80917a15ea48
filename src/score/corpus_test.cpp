// The examples of the Score project, where they are at hand beside the project.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "score/manifests.h"

namespace threeport::score {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* shared = std::getenv("TP_SHARED");
  return fs::path(shared != nullptr ? shared : TP_ROOT "/../shared") / "corpus" / "score";
}

/// As a client does before it sends the file.
void complete(Workload& workload) {
  for (Container& container : workload.containers) {
    if (container.image == kImageGivenLater) container.image = "registry.example/image:1";
    for (File& file : container.files) {
      if (file.source) file.content = "text of " + *std::exchange(file.source, std::nullopt);
    }
  }
}

TEST(ScoreCorpus, IsReadAndRendered) {
  if (!fs::exists(corpus())) {
    std::cout << "not run: ../shared absent\n";
    return;
  }
  const Surroundings any{.resources = [](const Reference&) -> base::Result<Output> { return Output{.value = "any"}; },
                         .salt = ""};
  std::size_t rendered = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(corpus())) {
    if (entry.path().extension() != ".yaml") continue;
    const auto text = base::read_file(entry.path());
    ASSERT_TRUE(text) << text.error().message;
    auto workload = parse(*text);
    if (entry.path().filename() == "score-full.yaml") {
      ASSERT_FALSE(workload);
      EXPECT_EQ(
          workload.error().message,
          "containers.container-one1.resources.requests.cpu: 1000m is above the limit, which is 0.24; lower it or "
          "raise containers.container-one1.resources.limits.cpu");
      continue;
    }
    ASSERT_TRUE(workload) << entry.path() << ": " << workload.error().message;
    complete(*workload);
    const auto manifests = make_manifests(*workload, any);
    ASSERT_TRUE(manifests) << entry.path() << ": " << manifests.error().message;
    EXPECT_EQ(manifests->back().at("metadata", "name").text(), workload->name);
    ++rendered;
  }
  EXPECT_GT(rendered, 20u);
}

}  // namespace
}  // namespace threeport::score
