#include "cli/score_file.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/testing.h"
#include "kinds/registry.h"
#include "score/document.h"

namespace threeport::cli {
namespace {

std::string score(std::string_view name, std::string_view web, std::string_view more = "") {
  return "apiVersion: score.dev/v1b1 # as it is\nmetadata: {name: " + std::string(name) +
         "}\ncontainers:\n  web: " + std::string(web) + "\n" + std::string(more);
}

class ScoreFileTest : public ::testing::Test {
 protected:
  base::Result<ScoreFile> read(const std::string& text) {
    return ScoreFile::read(base::yaml::parse_document(text).value(), text, around_.folder());
  }
  std::string error_of(const std::string& text) {
    const auto file = read(text);
    return file ? "accepted" : file.error().message;
  }
  /// The outcome of these --image, with workloads that have the containers web and side.
  std::string images(const std::vector<std::string>& options, const std::vector<std::string>& workloads) {
    std::vector<ScoreFile> files;
    files.reserve(workloads.size());
    for (const std::string& name : workloads) {
      files.push_back(read(score(name, "{image: .}", "  side: {image: old}\n")).value());
    }
    if (auto done = set_images(options, files); !done) return done.error().message;
    std::vector<std::string> out;
    for (const ScoreFile& file : files) {
      const auto workload = score::parse(file.text());
      for (const score::Container& container : workload->containers) {
        out.push_back(file.workload() + "/" + container.name + "=" + container.image);
      }
    }
    return base::join(out, " ");
  }

  schema::Registry registry_{kinds::all()};
  TestSurroundings around_{registry_};
};

TEST_F(ScoreFileTest, IsSentAsItIsWrittenWhereItIsComplete) {
  const std::string text = score("shop", "{image: nginx}");
  const auto file = read(text);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->workload(), "shop");
  EXPECT_EQ(file->text(), text);
}

TEST_F(ScoreFileTest, InlinesSourcesAsTextOrElseAsBytes) {
  around_.write("conf/a.txt", "a: ${metadata.name}\r\n\ttab\n");
  around_.write("conf/b.bin", std::string("\xff\0\x01", 3));
  const auto file = read(score(
      "shop",
      "{image: nginx, files: {/a: {source: conf/a.txt, mode: '0600', noExpand: true}, /b: {source: conf/b.bin}}}"));
  ASSERT_TRUE(file) << file.error().message;
  const auto workload = score::parse(file->text());
  ASSERT_TRUE(workload) << workload.error().message << "\n" << file->text();
  const auto& files = workload->containers[0].files;
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].content, "a: ${metadata.name}\r\n\ttab\n");
  EXPECT_EQ(files[0].mode, 0600);
  EXPECT_TRUE(files[0].no_expand);
  EXPECT_EQ(files[1].binary_content, std::string("\xff\0\x01", 3));
}

TEST_F(ScoreFileTest, InlinesSourcesOfTheDeprecatedList) {
  around_.write("a.txt", "text");
  const auto file = read(score("shop", "{image: nginx, files: [{target: /a, source: a.txt}]}"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(score::parse(file->text()).value().containers[0].files[0].content, "text");
}

TEST_F(ScoreFileTest, NamesTheMemberWhoseFileIsMissingOrWrong) {
  EXPECT_EQ(error_of(score("shop", "{image: nginx, files: {/a: {source: none.txt}}}")),
            "containers.web.files[\"/a\"].source: cannot read " + (around_.folder() / "none.txt").string() +
                ": No such file or directory");
  around_.write("a.txt", "${resources.db.host}");
  EXPECT_EQ(
      error_of(score("shop", "{image: nginx, files: {/a: {source: a.txt}}}")),
      "containers.web.files[\"/a\"].content: ${resources.db.host}: there is no resource \"db\"; resources is empty");
  EXPECT_EQ(error_of(score("shop", "{}")), "containers.web.image: is missing, and required");
}

TEST_F(ScoreFileTest, ImagesAreGivenToContainers) {
  EXPECT_EQ(images({"web=r.example/web:1"}, {"shop"}), "shop/web=r.example/web:1 shop/side=old");
  EXPECT_EQ(images({"shop/web=a", "side=b@sha256:12"}, {"shop"}), "shop/web=a shop/side=b@sha256:12");
  EXPECT_EQ(images({"work/web=a", "shop/side=b"}, {"shop", "work"}), "shop/web=. shop/side=b work/web=a work/side=old");
}

TEST_F(ScoreFileTest, ImagesNameAContainerOfAFile) {
  for (const char* option : {"web", "web=", "=a", "shop/=a"}) {
    EXPECT_EQ(images({option}, {"shop"}),
              "--image " + std::string(option) +
                  " must be CONTAINER=REFERENCE or WORKLOAD/CONTAINER=REFERENCE, such as web=registry.example/web:1.4");
  }
  EXPECT_EQ(images({"web=a"}, {}), "--image web=a: images are of Score files, and none is given");
  EXPECT_EQ(images({"wbe=a"}, {"shop"}),
            "--image wbe=a: workload shop has no container \"wbe\"; did you mean \"web\"? (it has web, side)");
  EXPECT_EQ(images({"other/web=a"}, {"shop", "work"}),
            "--image other/web=a: no Score file has the workload \"other\"; they have shop, work");
  EXPECT_EQ(images({"web=a"}, {"shop", "work"}),
            "--image web=a: say whose container it is, since there are several Score files: --image shop/web=a "
            "(workloads: shop, work)");
}

}  // namespace
}  // namespace threeport::cli
