#include "cli/table.h"

#include <gtest/gtest.h>

namespace threeport::cli {
namespace {

TEST(Table, HeadsAreBrokenWhereTheTerminalIsNarrow) {
  Table table({"NAME", "KUBERNETES RUNTIME INSTANCE", "AGE"});
  table.add({"web", "local", "5s"});
  EXPECT_EQ(table.text(40),
            "NAME  KUBERNETES RUNTIME INSTANCE  AGE\n"
            "web   local                        5s\n");
  EXPECT_EQ(table.text(30),
            "      KUBERNETES\n"
            "      RUNTIME\n"
            "NAME  INSTANCE    AGE\n"
            "web   local       5s\n");
}

TEST(Table, WhatRoomIsLeftGoesToHeads) {
  Table table({"A B", "LONG HEAD"});
  table.add({"x", "y"});
  EXPECT_EQ(table.text(11),
            "     LONG\n"
            "A B  HEAD\n"
            "x    y\n");
}

TEST(Table, SentencesAreBrokenAndNamesAreNot) {
  Table table({"NAME", "MESSAGE"});
  table.add({"a-name-without-spaces", "one two three four five six"});
  table.add({"b", "short"});
  EXPECT_EQ(table.text(40),
            "NAME                   MESSAGE\n"
            "a-name-without-spaces  one two three\n"
            "                       four five six\n"
            "b                      short\n");
  EXPECT_EQ(table.text(10).substr(0, 31), "NAME                   MESSAGE\n") << "there is no narrower way";
}

TEST(Table, CellsArePaintedBehindTheirSpaces) {
  Table table({"NAME", "STATUS"});
  table.add({"web", "ok"}, {Colour::none, Colour::green});
  const auto paint = [](std::string_view text, Colour colour) {
    return (colour == Colour::green ? "<" : colour == Colour::bold ? "*" : "") + std::string(text);
  };
  EXPECT_EQ(table.text(0, paint),
            "*NAME  *STATUS\n"
            "web   <ok\n");
}

}  // namespace
}  // namespace threeport::cli
