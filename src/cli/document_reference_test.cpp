// The reference of documents and the manual page.
#include "cli/document_reference.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/man_page.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class DocumentReferenceTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string keys(std::string_view name) const {
    return document_keys(*vocabulary_.find_name(name), registry_).text();
  }
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "missing: " << part << "\nin: " << text;
  }

  schema::Registry registry_{kinds::all()};
  Vocabulary vocabulary_{registry_};
};

TEST_F(DocumentReferenceTest, EachKeySaysWhatItTakes) {
  const std::string text = keys("HelmWorkload");
  expect_has(text, "Chart *                    a string");
  expect_has(text, "InstanceValuesDocument     path of a file");
  expect_has(keys("Gateway"), "list of {Port, Path, TLSEnabled, HTTPSRedirect}");
  expect_has(keys("AwsRelationalDatabase"), "AwsAccountName * (AwsAccount or AwsAccountName)");
  expect_has(keys("Workload"), "the keys of a Gateway");
}

TEST_F(DocumentReferenceTest, WhatTheControlPlaneMakesIsNoDocument) {
  EXPECT_FALSE(is_document(*vocabulary_.find_name("Revision")));
  EXPECT_FALSE(is_document(*vocabulary_.find_name("WorkloadEvent")));
  EXPECT_TRUE(is_document(*vocabulary_.find_name("Workload")));
}

TEST_F(DocumentReferenceTest, TheManualHasEveryCommandAndKind) {
  const auto table = table_of_commands(vocabulary_);
  const std::string page = man_page(table, vocabulary_, "v1");
  for (std::size_t i = 1; i < table.size(); ++i) {
    std::string title = ".SS tptctl " + table[i].name + "\n";
    for (std::size_t at = title.find('-'); at != std::string::npos; at = title.find('-', at + 2))
      title.insert(at, "\\");
    expect_has(page, title);
    EXPECT_FALSE(table[i].doc.empty()) << table[i].name;
  }
  expect_has(page, "\\fBworkload\\-instance\\fR (\\fBwi\\fR)");
}

TEST_F(DocumentReferenceTest, EveryCommandHasAnExample) {
  for (const CommandHelp& command : table_of_commands(vocabulary_)) {
    if (command.name.empty() || command.name.starts_with("config ")) continue;
    ASSERT_FALSE(command.examples.empty()) << command.name;
    for (const std::string& example : command.examples) {
      EXPECT_NE(example.find("tptctl " + command.name), std::string::npos) << example;
    }
  }
}

}  // namespace
}  // namespace threeport::cli
