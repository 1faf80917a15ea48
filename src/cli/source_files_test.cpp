#include "cli/source_files.h"

#include <gtest/gtest.h>

#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class SourceFilesTest : public ::testing::Test {
 protected:
  std::vector<SourceFile> read(const std::string& argument) {
    return read_sources(argument, around_.environment()).value();
  }
  base::Error error(const std::string& argument) {
    const auto read = read_sources(argument, around_.environment());
    return read ? base::internal("no error") : read.error();
  }

  schema::Registry registry_{kinds::all()};
  TestSurroundings around_{registry_};
};

TEST_F(SourceFilesTest, DocumentsKnowTheirLineAndTheirText) {
  around_.write("a.yaml", "# first\na: 1\n---\n# second\nb: 2\n---\n---\nc: 3\n");
  const auto files = read("a.yaml");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].name, "a.yaml");
  EXPECT_EQ(files[0].folder, around_.folder());
  ASSERT_EQ(files[0].documents.size(), 3U);
  EXPECT_EQ(files[0].documents[0].line, 2U);
  EXPECT_EQ(files[0].documents[0].text, "# first\na: 1\n");
  EXPECT_EQ(files[0].documents[1].line, 5U);
  EXPECT_EQ(files[0].documents[1].text, "---\n# second\nb: 2\n");
  EXPECT_EQ(files[0].documents[2].value, json::parse(R"({"c":3})").value());
  EXPECT_EQ(files[0].documents[2].text, "---\nc: 3\n");
}

TEST_F(SourceFilesTest, ATextThatLooksLikeAMarkerDoesNotCut) {
  around_.write("a.yaml", "a: |\n  ---\n  x\nb: ----\n");
  const auto files = read("a.yaml");
  ASSERT_EQ(files[0].documents.size(), 1U);
  EXPECT_EQ(files[0].documents[0].text, "a: |\n  ---\n  x\nb: ----\n");
}

TEST_F(SourceFilesTest, JsonTextsOneAfterTheOtherAreDocumentsOfTheirOwn) {
  around_.write("a.json", "{\"a\": 1}\n{\"b\": 2}\n");
  const auto files = read("a.json");
  ASSERT_EQ(files[0].documents.size(), 2U);
  EXPECT_EQ(files[0].documents[1].line, 2U);
  EXPECT_EQ(files[0].documents[1].text, "b: 2\n");
}

TEST_F(SourceFilesTest, AFolderIsItsFilesByName) {
  around_.write("f/b.yml", "b: 1\n");
  around_.write("f/a.yaml", "a: 1\n");
  around_.write("f/c.json", "{\"c\": 1}");
  around_.write("f/readme.md", "not: read\n");
  around_.write("f/below/d.yaml", "not: read\n");
  const auto files = read("f");
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "f/a.yaml");
  EXPECT_EQ(files[1].name, "f/b.yml");
  EXPECT_EQ(files[2].name, "f/c.json");
}

TEST_F(SourceFilesTest, AFolderBelowWithTheNameOfAFileIsNotRead) {
  around_.write("f/a.yaml", "a: 1\n");
  around_.write("f/charts.yaml/b.yaml", "b: 1\n");
  EXPECT_EQ(read("f").size(), 1U);
}

TEST_F(SourceFilesTest, AFolderWithoutFilesSaysWhichItReads) {
  std::filesystem::create_directory(around_.folder() / "empty");
  EXPECT_EQ(error("empty").message, "empty has no *.yaml, *.yml or *.json files");
}

TEST_F(SourceFilesTest, ADashIsStandardInput) {
  around_.in = std::istringstream("a: 1\n");
  const auto files = read("-");
  EXPECT_EQ(files[0].name, "stdin");
  EXPECT_EQ(files[0].folder, around_.folder());
  EXPECT_EQ(files[0].documents[0].text, "a: 1\n");
}

TEST_F(SourceFilesTest, ErrorsNameTheFileAsItWasWritten) {
  around_.write("tab.yaml", "a:\n\tb: 1\n");
  EXPECT_TRUE(error("tab.yaml").message.starts_with("tab.yaml: line 2, column 1: ")) << error("tab.yaml").message;
  around_.write("f/broken.json", "{\n");
  EXPECT_TRUE(error("f").message.starts_with("f/broken.json: line ")) << error("f").message;
  EXPECT_EQ(error("missing.yaml").kind, base::ErrorKind::not_found);
  EXPECT_NE(error("missing.yaml").message.find((around_.folder() / "missing.yaml").string()), std::string::npos)
      << error("missing.yaml").message;
}

TEST_F(SourceFilesTest, AKeyIsFoundAtOrAfterItsDocument) {
  around_.write("a.yaml", "Name: a\n---\nWorkload:\n  \"Name\": b\n  Other: Name\n");
  const auto files = read("a.yaml");
  EXPECT_EQ(place_of(files[0], files[0].documents[1], "Name"), "a.yaml: line 4, column 4");
  EXPECT_EQ(place_of(files[0], files[0].documents[1], "Missing"), "a.yaml: line 3");
  EXPECT_EQ(place_of(files[0], files[0].documents[1], ""), "a.yaml: line 3");
  EXPECT_EQ(place_of(files[0], files[0].documents[1], "Missing", "Name"), "a.yaml: line 4");
}

}  // namespace
}  // namespace threeport::cli
