#include "cli/output.h"

#include <gtest/gtest.h>

#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class OutputTest : public ::testing::Test {
 protected:
  /// What `print` writes to standard output.
  std::string out(const std::function<void(Output&)>& print) {
    around_.out.str("");
    const Environment environment = around_.environment();
    Output output(environment);
    print(output);
    return around_.out.str();
  }

  schema::Registry registry_{kinds::all()};
  TestSurroundings around_{registry_};
};

TEST_F(OutputTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"NAME", "AGE"});
  table.add({"web", "5s"});
  table.add({"größe-1", ""});
  EXPECT_EQ(table.text(),
            "NAME     AGE\n"
            "web      5s\n"
            "größe-1\n");
}

TEST_F(OutputTest, CellsWithoutAHeadAreLeftOut) {
  Table table({"NAME"});
  table.add({"a", "b"});
  EXPECT_EQ(table.text(), "NAME\na\n");
}

TEST_F(OutputTest, ColoursAreForTerminalsWithoutNoColor) {
  around_.is_terminal = true;
  const auto painted = [this] {
    std::string text;
    out([&](Output& output) { text = output.paint("ok", Colour::green); });
    return text;
  };
  EXPECT_EQ(painted(), "\033[32mok\033[0m");
  around_.variables["NO_COLOR"] = "";
  EXPECT_EQ(painted(), "\033[32mok\033[0m") << "empty counts as unset";
  around_.variables["NO_COLOR"] = "1";
  EXPECT_EQ(painted(), "ok");
  around_.variables = {{"TERM", "dumb"}};
  EXPECT_EQ(painted(), "ok");
  around_.variables.clear();
  around_.is_terminal = false;
  EXPECT_EQ(painted(), "ok");
}

TEST_F(OutputTest, MessagesAreOneLineOnTheirStream) {
  EXPECT_EQ(out([](Output& output) {
              output.info("a\nb");
              output.complete("done");
              output.warning("careful");
              output.error(base::invalid("wrong:\tthis"));
            }),
            "Info: a b\nComplete: done\n");
  EXPECT_EQ(around_.err.str(), "Warning: careful\nError: wrong: this\n");
}

TEST_F(OutputTest, ProgressIsRewrittenInPlaceOnATerminal) {
  around_.is_terminal = true;
  EXPECT_EQ(out([](Output& output) {
              output.progress({"a", "b"});
              output.progress({"c"});
              output.end_progress();
              output.progress({"d"});
            }),
            "\r\033[Ka\n\r\033[Kb\n"
            "\033[2A\r\033[Kc\n\033[J"
            "\r\033[Kd\n");
}

TEST_F(OutputTest, ProgressNeverWraps) {
  around_.is_terminal = true;
  around_.width = 20;
  EXPECT_EQ(out([](Output& output) { output.progress({std::string(40, 'x')}); }),
            "\r\033[K" + std::string(18, 'x') + "…\n");
}

TEST_F(OutputTest, ProgressElsewhereIsALineForEachChange) {
  EXPECT_EQ(out([](Output& output) {
              output.progress({"a", "b"});
              output.progress({"a", "b"});
              output.progress({"a", "c"});
            }),
            "a\nb\nc\n");
}

TEST_F(OutputTest, AnAgeHasItsLargestUnitAndTheNext) {
  const auto now = base::parse_time("2030-01-10T00:00:00Z").value();
  EXPECT_EQ(age("2030-01-09T23:59:55Z", now), "5s");
  EXPECT_EQ(age("2030-01-09T23:58:55Z", now), "1m5s");
  EXPECT_EQ(age("2030-01-09T23:58:00Z", now), "2m");
  EXPECT_EQ(age("2030-01-09T23:40:30Z", now), "19m");
  EXPECT_EQ(age("2030-01-09T19:48:00Z", now), "4h12m");
  EXPECT_EQ(age("2030-01-09T00:00:00Z", now), "24h");
  EXPECT_EQ(age("2030-01-01T00:00:00Z", now), "9d");
  EXPECT_EQ(age("2030-01-10T00:00:01Z", now), "0s") << "clocks differ";
  EXPECT_EQ(age("", now), "");
}

TEST_F(OutputTest, OneLineHasNoControlCharactersAndFitsItsWidth) {
  EXPECT_EQ(one_line("a\n\tb\x1b[31m\n"), "a  b [31m");
  EXPECT_EQ(one_line("größer", 4), "grö…");
  EXPECT_EQ(one_line("abc", 3), "abc");
  EXPECT_EQ(one_line("\xff"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace threeport::cli
