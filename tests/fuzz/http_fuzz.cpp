// The HTTP request parser and the event-stream parser on any bytes: no crash, the bounds hold, and where the bytes are
// split makes no difference.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/event_stream.h"
#include "http/request_parser.h"

namespace {

namespace http = threeport::http;
using Parser = http::RequestParser;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr Parser::Limits kLimits{.head = 512, .body = 1024};

void require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  std::vector<std::string> requests;
  Parser::State last = Parser::State::idle;
  int error_status = 0;
  bool operator==(const Outcome&) const = default;
};

std::string text_of(const http::Request& request) {
  std::string text = request.method + "\n" + request.path + "\n" + request.raw_query + "\n";
  for (const auto& [name, value] : request.headers) {
    require(name.find_first_of(std::string_view("\r\n:\0 ", 5)) == std::string::npos);
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    text += name + ":" + value + "\n";
  }
  return text + request.body;
}

/// `step` bytes arrive at a time.
Outcome parse(std::string_view bytes, std::size_t step) {
  Parser parser(kLimits);
  Outcome outcome;
  std::string kept;
  while (!bytes.empty() && parser.state() != Parser::State::failed) {
    kept += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      kept.erase(0, parser.feed(kept));
      if (parser.state() != Parser::State::complete) break;
      const bool keep_alive = parser.keep_alive();
      const http::Request request = parser.take();
      require(request.body.size() <= kLimits.body);
      require(!request.method.empty() && !request.path.empty());
      outcome.requests.push_back(text_of(request) + (keep_alive ? "+" : "-"));
    }
    require(parser.state() == Parser::State::failed || kept.size() < kLimits.head);
  }
  outcome.last = parser.state();
  outcome.error_status = parser.error_status();
  require((outcome.last == Parser::State::failed) == (outcome.error_status >= 400));
  return outcome;
}

std::vector<http::StreamEvent> parse_events(std::string_view bytes, std::size_t step) {
  http::EventParser parser;
  std::vector<http::StreamEvent> events;
  while (!bytes.empty()) {
    auto fed = parser.feed(bytes.substr(0, step));
    require(fed.has_value());
    for (auto& event : *fed) events.push_back(std::move(event));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = 1 + data[0] % 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(bytes, bytes.size() + 1);
  const Outcome split = parse(bytes, step);
  require(whole.requests == split.requests);
  require(whole.error_status == split.error_status);
  require(parse_events(bytes, bytes.size() + 1) == parse_events(bytes, step));
  return 0;
}
