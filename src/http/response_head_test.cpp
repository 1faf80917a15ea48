#include "http/response_head.h"

#include <gtest/gtest.h>

namespace threeport::http {
namespace {

/// The head without the Date, whose value is the clock's.
std::string head_of(const Response& response, BodyFraming framing = BodyFraming::length, bool close = false,
                    bool is_head = false) {
  std::string out;
  append_response_head(out, response, framing, close, is_head);
  const std::size_t date = out.find("Date: ");
  EXPECT_NE(date, std::string::npos);
  EXPECT_EQ(out.find("GMT\r\n", date), date + 32);  // IMF-fixdate has 29 characters
  return out.erase(date, 37);
}

TEST(ResponseHeadTest, has_status_line_fields_and_length) {
  EXPECT_EQ(head_of({.status = 404, .headers = {{"Content-Type", "text/plain"}}, .body = "gone"}),
            "HTTP/1.1 404 Not Found\r\nServer: threeport\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
}

TEST(ResponseHeadTest, the_servers_fields_cannot_be_set) {
  EXPECT_EQ(head_of({.headers = {{"content-length", "9"}, {"Date", "x"}, {"TRANSFER-ENCODING", "x"}, {"Server", "x"}}}),
            "HTTP/1.1 200 OK\r\nServer: threeport\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHeadTest, a_value_cannot_forge_a_field) {
  EXPECT_EQ(head_of({.headers = {{"A", "b\r\nX: y"}, {"bad name", "z"}, {"", "z"}, {"C\r\nD", "z"}}}),
            "HTTP/1.1 200 OK\r\nServer: threeport\r\nA: b  X: y\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHeadTest, frames_streams_by_chunks_or_by_the_end) {
  EXPECT_EQ(head_of({}, BodyFraming::chunked, true),
            "HTTP/1.1 200 OK\r\nServer: threeport\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(head_of({}, BodyFraming::until_end, true),
            "HTTP/1.1 200 OK\r\nServer: threeport\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHeadTest, answers_without_a_body_have_no_length) {
  EXPECT_EQ(head_of({.status = 204}), "HTTP/1.1 204 No Content\r\nServer: threeport\r\n\r\n");
  EXPECT_EQ(head_of({.status = 304}), "HTTP/1.1 304 Not Modified\r\nServer: threeport\r\n\r\n");
}

TEST(ResponseHeadTest, an_empty_answer_to_head_keeps_its_own_length) {
  const Response response{.headers = {{"Content-Length", "12"}}};
  EXPECT_EQ(head_of(response, BodyFraming::length, false, true),
            "HTTP/1.1 200 OK\r\nServer: threeport\r\nContent-Length: 12\r\n\r\n");
}

}  // namespace
}  // namespace threeport::http
