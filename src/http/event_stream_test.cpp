#include "http/event_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace threeport::http {

void showValue(const StreamEvent& event, std::ostream& out) {  // NOLINT: rapidcheck's name
  out << "{id " << event.id << ", event " << event.event << ", data " << event.data << "}";
}

namespace {

std::vector<StreamEvent> parse_all(std::string_view text) {
  EventParser parser;
  auto events = parser.feed(text);
  EXPECT_TRUE(events.has_value());
  return std::move(events).value();
}

TEST(EventStreamTest, formats_as_the_standard_says) {
  EXPECT_EQ(format_event("7", "added", "{}"), "id: 7\nevent: added\ndata: {}\n\n");
  EXPECT_EQ(format_event("", "", "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(format_event("", "", ""), "data: \n\n");
  EXPECT_EQ(format_comment("ping"), ": ping\n\n");
}

TEST(EventStreamTest, an_id_or_type_that_would_break_the_line_is_left_out) {
  EXPECT_EQ(format_event("1\n2", "a\rb", "x"), "data: x\n\n");
  EXPECT_EQ(format_event(std::string_view("1\0", 2), "a", "x"), "event: a\ndata: x\n\n");
}

// The examples of WHATWG HTML, 9.2.6.
TEST(EventStreamTest, parses_the_examples_of_the_standard) {
  EXPECT_EQ(parse_all("data: YHOO\ndata: +2\ndata: 10\n\n"), (std::vector<StreamEvent>{{.data = "YHOO\n+2\n10"}}));
  EXPECT_EQ(
      parse_all(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
      (std::vector<StreamEvent>{
          {.id = "1", .data = "first event"}, {.id = "", .data = "second event"}, {.id = "", .data = " third event"}}));
  EXPECT_EQ(parse_all("data\n\ndata\ndata\n\ndata:\n"), (std::vector<StreamEvent>{{.data = ""}, {.data = "\n"}}));
  EXPECT_EQ(parse_all("data:test\n\ndata: test\n\n"), (std::vector<StreamEvent>{{.data = "test"}, {.data = "test"}}));
}

TEST(EventStreamTest, lines_end_with_cr_lf_or_both) {
  const std::vector<StreamEvent> expected{{.event = "a", .data = "x\ny"}, {.data = "z"}};
  EXPECT_EQ(parse_all("event: a\ndata: x\ndata: y\n\ndata: z\n\n"), expected);
  EXPECT_EQ(parse_all("event: a\rdata: x\rdata: y\r\rdata: z\r\r"), expected);
  EXPECT_EQ(parse_all("event: a\r\ndata: x\r\ndata: y\r\n\r\ndata: z\r\n\r\n"), expected);
}

TEST(EventStreamTest, an_event_without_data_is_dropped_but_its_id_stays) {
  EventParser parser;
  const auto events = parser.feed("id: 5\nevent: lost\n\ndata: kept\n\n");
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ(*events, (std::vector<StreamEvent>{{.id = "5", .data = "kept"}}));
  EXPECT_EQ(parser.last_event_id(), "5");
}

TEST(EventStreamTest, an_id_with_a_zero_byte_is_ignored) {
  EXPECT_EQ(parse_all(std::string_view("id: 1\nid: 2\0\ndata: x\n\n", 22)),
            (std::vector<StreamEvent>{{.id = "1", .data = "x"}}));
}

TEST(EventStreamTest, a_byte_order_mark_is_skipped_at_the_start_only) {
  EXPECT_EQ(parse_all("\xEF\xBB\xBF"
                      "data: x\n\n\xEF\xBB\xBF"
                      "data: y\n\n"),
            (std::vector<StreamEvent>{{.data = "x"}}));
}

TEST(EventStreamTest, retry_takes_digits_only) {
  EventParser parser;
  ASSERT_TRUE(parser.feed("retry: 1500\n").has_value());
  EXPECT_EQ(parser.retry(), base::Millis(1500));
  ASSERT_TRUE(parser.feed("retry: 2s\nretry:\nretry: 99999999999999999999\n").has_value());
  EXPECT_EQ(parser.retry(), base::Millis(1500));
}

TEST(EventStreamTest, an_event_longer_than_the_bound_is_an_error) {
  EventParser parser(16);
  EXPECT_TRUE(parser.feed("data: 0123\n\ndata: 4567\n\n").has_value());
  const auto refused = parser.feed("data: 0123456789abcdef");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "EventTooLarge");
}

TEST(EventStreamTest, many_short_lines_of_one_event_count_together) {
  EventParser parser(64);
  base::Result<std::vector<StreamEvent>> fed = std::vector<StreamEvent>{};
  int lines = 0;
  while (fed.has_value() && lines < 100) {
    fed = parser.feed("data: x\n");
    ++lines;
  }
  EXPECT_LT(lines, 100);
}

/// Text of pieces that matter to the format, in any order.
rc::Gen<std::string> stream_text() {
  const auto piece = rc::gen::element<std::string>("data: a", "data", "data:", "id: 1", "id", "event: e", ": c", "\n",
                                                   "\n", "\n", "\r", "\r\n", "\r\n\r\n", "\n\n", "\xEF\xBB\xBF", " ",
                                                   "x:y", "retry: 12", std::string("\0", 1));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const auto& each : pieces) text += each;
    return text;
  });
}

RC_GTEST_PROP(EventStreamTest, any_split_of_the_bytes_gives_the_same_events, ()) {
  const std::string text = *stream_text();
  const std::vector<StreamEvent> whole = parse_all(text);
  EventParser parser;
  std::vector<StreamEvent> split;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = *rc::gen::inRange<std::size_t>(1, text.size() - at + 1);
    auto events = parser.feed(std::string_view(text).substr(at, size));
    RC_ASSERT(events.has_value());
    for (auto& event : *events) split.push_back(std::move(event));
    at += size;
  }
  RC_ASSERT(split == whole);
}

RC_GTEST_PROP(EventStreamTest, parsing_undoes_formatting, (const std::string& raw)) {
  std::string data = raw;
  std::erase(data, '\r');
  const auto events = parse_all(format_event("9", "changed", data));
  RC_ASSERT(events == (std::vector<StreamEvent>{{.id = "9", .event = "changed", .data = data}}));
}

}  // namespace
}  // namespace threeport::http
