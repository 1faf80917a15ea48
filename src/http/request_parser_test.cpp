#include "http/request_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace threeport::http {
namespace {

using State = RequestParser::State;

/// Feeds like a connection does: what is not consumed comes again with the next bytes.
State feed_all(RequestParser& parser, std::string_view text, std::size_t step = SIZE_MAX) {
  std::string kept;
  while (!text.empty() && parser.state() != State::complete && parser.state() != State::failed) {
    kept += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
    kept.erase(0, parser.feed(kept));
  }
  return parser.state();
}

TEST(RequestParserTest, reads_the_parts_of_a_request) {
  RequestParser parser({});
  ASSERT_EQ(feed_all(parser,
                     "PATCH /v0/things/1?a=b&c HTTP/1.1\r\nHost: x\r\nX-Tag:  one two \r\nContent-Length: "
                     "5\r\n\r\nhello"),
            State::complete);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_FALSE(parser.is_http_10());
  const Request request = parser.take();
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.path, "/v0/things/1");
  EXPECT_EQ(request.raw_query, "a=b&c");
  EXPECT_EQ(request.headers.get("x-tag"), "one two");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(parser.state(), State::idle);
}

TEST(RequestParserTest, consumes_one_request_only) {
  RequestParser parser({});
  const std::string one = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(parser.feed(one + "GET /2 HTTP/1.1\r\n"), one.size());
  ASSERT_EQ(parser.state(), State::complete);
  EXPECT_EQ(parser.take().path, "/1");
}

TEST(RequestParserTest, joins_chunks_and_drops_trailers_and_extensions) {
  RequestParser parser({});
  ASSERT_EQ(feed_all(parser,
                     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5;name=value\r\nhello\r\n1\r\n \r\n00\r\nX-Trailer: secret\r\n\r\n"),
            State::complete);
  const Request request = parser.take();
  EXPECT_EQ(request.body, "hello ");
  EXPECT_FALSE(request.headers.contains("X-Trailer"));
}

TEST(RequestParserTest, accepts_the_absolute_form_and_empty_lines_before) {
  RequestParser parser({});
  ASSERT_EQ(feed_all(parser, "\r\n\r\nGET http://host:80/a/b?c HTTP/1.1\r\nHost: host\r\n\r\n", 1), State::complete);
  Request request = parser.take();
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.raw_query, "c");
  ASSERT_EQ(feed_all(parser, "GET http://host HTTP/1.1\r\nHost: host\r\n\r\n"), State::complete);
  EXPECT_EQ(parser.take().path, "/");
  ASSERT_EQ(feed_all(parser, "GET http://host?q HTTP/1.1\r\nHost: host\r\n\r\n"), State::complete);
  request = parser.take();
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(request.raw_query, "q");
}

TEST(RequestParserTest, http_10_closes_unless_asked_to_keep_alive) {
  RequestParser parser({});
  ASSERT_EQ(feed_all(parser, "GET / HTTP/1.0\r\n\r\n"), State::complete);
  EXPECT_TRUE(parser.is_http_10());
  EXPECT_FALSE(parser.keep_alive());
  parser.take();
  ASSERT_EQ(feed_all(parser, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), State::complete);
  EXPECT_TRUE(parser.keep_alive());
  parser.take();
  ASSERT_EQ(feed_all(parser, "GET / HTTP/1.1\r\nHost: x\r\nConnection: x, close\r\n\r\n"), State::complete);
  EXPECT_FALSE(parser.keep_alive());
}

TEST(RequestParserTest, expects_continue_only_while_the_body_is_missing) {
  RequestParser parser({});
  feed_all(parser, "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(parser.state(), State::body);
  EXPECT_TRUE(parser.expects_continue());
  feed_all(parser, "ab");
  EXPECT_EQ(parser.state(), State::complete);
  EXPECT_FALSE(parser.expects_continue());
}

struct Refused {
  const char* why;
  std::string text;
  int status;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: x\r\n";

std::vector<Refused> refused_requests() {
  return {
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"another protocol", "GET / RTSP/1.0\r\nHost: x\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"a method in lower case", "get / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"a target without slash", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"CONNECT's target", "CONNECT host:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", kGet + "Host: y\r\n\r\n", 400},
      {"a space before the colon", kGet + "A : b\r\n\r\n", 400},
      {"a control character in a value", kGet + "A: b\x01\r\n\r\n", 400},
      {"a zero byte in a value", kGet + std::string("A: b\0\r\n\r\n", 9), 400},
      {"a bare line feed", kGet + "A: b\nC: d\r\n\r\n", 400},
      {"length and chunks", kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunks and length", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
      {"two lengths", kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {"a repeated length", kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
      {"a list of lengths", kPost + "Content-Length: 5, 5\r\n\r\n", 400},
      {"an empty length", kPost + "Content-Length:\r\n\r\n", 400},
      {"a folded field", kGet + "A: b\r\n c\r\n\r\n", 400},
      {"a field without name", kGet + ": b\r\n\r\n", 400},
      {"a bare carriage return", kGet + "A: b\rC: d\r\n\r\n", 400},
      {"an empty line of a line feed", kGet + "\n", 400},
      {"a negative length", kPost + "Content-Length: -5\r\n\r\n", 400},
      {"a length with a sign", kPost + "Content-Length: +5\r\n\r\n", 400},
      {"a length in hex", kPost + "Content-Length: 0x5\r\n\r\n", 400},
      {"a length that overflows", kPost + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"an unknown coding", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"a disguised coding", kPost + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {"chunked twice", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunks of HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a chunk without size", kPost + "Transfer-Encoding: chunked\r\n\r\n;a\r\n", 400},
      {"a chunk longer than its size", kPost + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk size with a sign", kPost + "Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", 400},
      {"a chunk size in 0x", kPost + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400},
      {"a space after the chunk size", kPost + "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n", 400},
      {"a chunk line of a line feed", kPost + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
      {"a malformed trailer", kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nbad\r\n\r\n", 400},
      {"endless trailers", kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(500, 'x'), 400},
      {"a chunk size that overflows", kPost + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"another expectation", kPost + "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", 417},
      {"a body above the limit", kPost + "Content-Length: 101\r\n\r\n", 413},
      {"chunks above the limit",
       kPost + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x') + "\r\n1\r\n", 413},
      {"a head above the limit", kGet + "A: " + std::string(500, 'x') + "\r\n\r\n", 431},
      {"a long line of a line feed", kGet + "A: " + std::string(500, 'x') + "\n", 431},
      {"a target above the limit", "GET /" + std::string(500, 'x'), 431},
      {"an endless chunk line", kPost + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(500, 'x'), 400},
  };
}

TEST(RequestParserTest, refuses_what_is_malformed_or_too_large_in_any_split) {
  for (const Refused& refused : refused_requests()) {
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
      RequestParser parser({.head = 300, .body = 100});
      EXPECT_EQ(feed_all(parser, refused.text, step), State::failed) << refused.why << " in steps of " << step;
      EXPECT_EQ(parser.error_status(), refused.status) << refused.why << " in steps of " << step;
    }
  }
}

TEST(RequestParserTest, many_short_fields_count_towards_the_limit) {
  RequestParser parser({.head = 300, .body = 100});
  std::string text = kGet;
  for (int i = 0; i < 100; ++i) text += "A: b\r\n";
  EXPECT_EQ(feed_all(parser, text, 6), State::failed);
  EXPECT_EQ(parser.error_status(), 431);
}

TEST(RequestParserTest, a_body_of_exactly_the_limit_is_accepted) {
  RequestParser parser({.head = 300, .body = 100});
  ASSERT_EQ(feed_all(parser, kPost + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')), State::complete);
  EXPECT_EQ(parser.take().body.size(), 100U);
}

/// A request of pieces, mostly well-formed.
rc::Gen<std::string> request_text() {
  const auto line = rc::gen::element(kGet, kPost, std::string("PUT http://a/b?c HTTP/1.1\r\nHost: a\r\n"));
  const auto fields = rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "A: b\r\n", "Connection: close\r\n", "X:\r\n", "Expect: 100-continue\r\n", "A: b\r\n c\r\n", "bad\r\n"));
  const auto body = rc::gen::element<std::string>(
      "\r\n", "Content-Length: 3\r\n\r\nabc", "Content-Length: 3\r\n\r\nab", "Content-Length: 0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: t\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  return rc::gen::map(rc::gen::tuple(line, fields, body), [](const auto& parts) {
    std::string text = std::get<0>(parts);
    for (const auto& field : std::get<1>(parts)) text += field;
    return text + std::get<2>(parts);
  });
}

RC_GTEST_PROP(RequestParserTest, any_split_of_the_bytes_gives_the_same_request, ()) {
  const std::string text = *request_text();
  RequestParser whole({}), split({});
  const State expected = feed_all(whole, text);
  RC_ASSERT(feed_all(split, text, *rc::gen::inRange<std::size_t>(1, 12)) == expected);
  RC_ASSERT(split.error_status() == whole.error_status());
  if (expected != State::complete) return;
  RC_ASSERT(split.keep_alive() == whole.keep_alive());
  const Request a = whole.take(), b = split.take();
  RC_ASSERT(a.method == b.method && a.path == b.path && a.raw_query == b.raw_query && a.body == b.body);
  using Fields = std::vector<std::pair<std::string, std::string>>;
  RC_ASSERT(Fields(a.headers.begin(), a.headers.end()) == Fields(b.headers.begin(), b.headers.end()));
}

}  // namespace
}  // namespace threeport::http
