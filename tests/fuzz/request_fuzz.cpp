// The whole API on any requests: whatever a client sends, the answer is no 5xx and its body is JSON, an envelope where
// it has a Status. An input is several requests to a new and empty control plane, separated by lines "%%":
//
//   POST /v0/tiers
//
//   {"Name": "gold"}
//   %%
//   GET /v0/tiers?name=gold
//
// The request line lacks its version; Host and Content-Length are added, so that mutations rarely break the framing:
// that is what http_fuzz is for.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apiserver/api_server.h"
#include "base/clock.h"
#include "base/keyring.h"
#include "controllers/all.h"
#include "http/request_parser.h"
#include "kinds/registry.h"

namespace {

namespace base = threeport::base;
namespace http = threeport::http;
namespace json = threeport::json;
using threeport::apiserver::ApiServer;
using threeport::apiserver::Objects;

constexpr std::size_t kMostRequests = 8;

/// A stream whose peer has gone.
class ClosedStream final : public http::Stream {
 public:
  bool write(std::string_view) override { return false; }
  void close() override {}
  [[nodiscard]] std::size_t pending() const override { return 0; }
  bool wait_until_unsent(std::size_t) override { return false; }
  void on_closed(std::function<void()> callback) override { callback(); }
};

class Capture final : public http::Responder::Impl {
 public:
  void send(http::Response response) override { answer_.set_value(std::move(response)); }
  std::shared_ptr<http::Stream> stream(http::Response head) override {
    answer_.set_value(std::move(head));
    return std::make_shared<ClosedStream>();
  }
  std::future<http::Response> answer() { return answer_.get_future(); }

 private:
  std::promise<http::Response> answer_;
};

struct Plane {
  base::ManualClock clock;
  std::unique_ptr<threeport::store::Store> store;
  Objects objects;
  ApiServer server;

  Plane(const threeport::schema::Registry& registry, const base::Keyring& keyring)
      : store(threeport::store::open("sqlite::memory:", clock).value()),
        objects(*store, registry, keyring, clock),
        server(objects, "v0.0.0-fuzz") {
    threeport::controllers::add_hooks(objects);
    server.add_own_routes();
  }
};

[[noreturn]] void fail(std::string_view what, const http::Request& request, const http::Response& response) {
  std::fprintf(stderr, "%.*s: %s %s?%s\n%s\n", static_cast<int>(what.size()), what.data(), request.method.c_str(),
               request.path.c_str(), request.raw_query.c_str(), response.body.c_str());
  std::abort();
}

void check(const http::Request& request, const http::Response& response) {
  if (response.status >= 500) fail("a failure of the server", request, response);
  if (response.headers.get("Content-Type") != "application/json") return;
  const auto body = json::parse(response.body);
  if (!body) fail("a body that is no JSON", request, response);
  const json::Value* status = body->find("Status");
  if (status != nullptr && status->at("code") != json::Value(response.status)) fail("another code", request, response);
  const bool has_words = status != nullptr ? !status->at("error").text().empty() : body->find("message") != nullptr;
  if (response.status >= 400 && !has_words) fail("a failure without words", request, response);
}

/// The request that the text describes, or nothing where it is none.
std::optional<http::Request> parse(std::string_view text) {
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  std::string raw = std::string(text.substr(0, line_end)) + " HTTP/1.1\r\nHost: fuzz\r\n";
  text.remove_prefix(std::min(line_end + 1, text.size()));
  while (!text.empty() && text.front() != '\n') {
    const std::size_t end = std::min(text.find('\n'), text.size());
    raw += std::string(text.substr(0, end)) + "\r\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!text.empty()) text.remove_prefix(1);
  raw += "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + std::string(text);
  http::RequestParser parser({.head = 32u << 10, .body = 1u << 20});
  parser.feed(raw);
  if (parser.state() != http::RequestParser::State::complete) return std::nullopt;
  return parser.take();
}

void drive(Plane& plane, std::string_view text) {
  auto request = parse(text);
  // A wait ends with the clock, which stands still here.
  if (!request || request->query().contains("wait")) return;
  const http::Request kept = *request;
  auto capture = std::make_shared<Capture>();
  auto answer = capture->answer();
  plane.server.handle(std::move(*request), http::Responder(capture));
  check(kept, answer.get());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const threeport::schema::Registry registry(threeport::kinds::all());
  static const base::Keyring keyring = base::Keyring::generate();
  Plane plane(registry, keyring);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (std::size_t count = 0; count < kMostRequests && !rest.empty(); ++count) {
    const std::size_t end = std::min(rest.find("\n%%\n"), rest.size());
    drive(plane, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 4, rest.size()));
  }
  return 0;
}
