#include "client/http_api.h"

#include <charconv>

#include "http/event_stream.h"

namespace threeport::client {

namespace {

using base::Error;
using base::Result;

/// Rows a page: large enough that most lists are one call.
constexpr std::size_t kPageSize = 500;

std::string collection(const KindDescriptor& kind) { return "/v0/" + std::string(kind.path); }
std::string one(const KindDescriptor& kind, ObjectId id) { return collection(kind) + "/" + std::to_string(id); }

std::string with_query(const std::string& target, const http::Query& query) {
  const std::string text = query.encode();
  return text.empty() ? target : target + "?" + text;
}

/// `"17"` of an ETag; 0 where it is absent or not ours.
std::int64_t version_of(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() < 3 || etag.front() != '"' || etag.back() != '"') return 0;
  std::int64_t version = 0;
  const char* end = etag.data() + etag.size() - 1;
  return std::from_chars(etag.data() + 1, end, version).ptr == end ? version : 0;
}

/// The sentence of a failed answer: the envelope's, the router's, else the start of the text.
std::string message_of(int status, std::string_view body) {
  if (const auto parsed = json::parse(body)) {
    for (const std::string_view text :
         {parsed->at("Status", "error").text(), parsed->at("message").text(), parsed->at("Status", "message").text()}) {
      if (!text.empty()) return std::string(text);
    }
  }
  std::string message = "the server answered " + std::to_string(status);
  if (const auto phrase = http::reason_phrase(status); !phrase.empty()) message += " " + std::string(phrase);
  return message;
}

Error error_of(const http::Response& response) {
  Error error{.kind = base::error_kind_of_http_status(response.status),
              .message = message_of(response.status, response.body),
              .detail = response.body.substr(0, 2000)};
  // Only the delay form: the server never sends a date, and a date would need a clock here.
  const std::string_view delay = response.headers.get("Retry-After");
  if (delay.find_first_not_of("0123456789") == std::string_view::npos) {
    error.retry_after = http::retry_after(response.headers, base::TimePoint{});
  }
  return error;
}

http::Call make_call(std::string method, std::string target, std::string body = {}) {
  http::Call call;
  call.method = std::move(method);
  call.target = std::move(target);
  call.body = std::move(body);
  return call;
}

Error not_an_answer(std::string_view target, std::string_view what) {
  return base::internal("the answer to " + std::string(target) +
                        " is not one of a Threeport API: " + std::string(what) +
                        "; check that APIServer in the configuration file names a Threeport control plane");
}

constexpr std::string_view kNoEnvelope = "it lacks Type, Data or Status";

class HttpApi final : public Api {
 public:
  explicit HttpApi(std::unique_ptr<http::Client> http) : http_(std::move(http)) {}

  Result<Object> get(const KindDescriptor& kind, ObjectId id) override {
    return single(make_call("GET", one(kind, id)));
  }

  Result<Object> find_by_name(const KindDescriptor& kind, std::string_view name) override {
    TP_TRY(auto rows, list(kind, {{"name", std::string(name)}}));
    // A kind without a filter of that name ignores the parameter.
    std::erase_if(rows, [&](const Object& row) { return row.name() != name; });
    if (rows.empty()) return base::not_found("no " + kind.words() + " with name " + std::string(name));
    if (rows.size() > 1) {
      return base::conflict("there are " + std::to_string(rows.size()) + " objects of kind " + std::string(kind.name) +
                            " with name " + std::string(name) + "; name the one that is meant by its id");
    }
    return get(kind, rows.front().id());
  }

  Result<std::vector<Object>> list(const KindDescriptor& kind, const Filters& filters) override {
    std::vector<Object> out;
    for (std::string cursor;;) {
      http::Query query;
      for (const auto& [name, value] : filters) query.add(name, value);
      query.add("size", std::to_string(kPageSize));
      if (!cursor.empty()) query.add("cursor", cursor);
      const std::string target = with_query(collection(kind), query);
      TP_TRY(Answer answer, exchange(make_call("GET", target)));
      if (answer.type.empty()) return not_an_answer(target, kNoEnvelope);
      for (json::Value& row : answer.data) out.push_back({std::move(row)});
      if (answer.next_cursor.empty()) return out;
      cursor = std::move(answer.next_cursor);
    }
  }

  Result<Object> create(const KindDescriptor& kind, const json::Value& object) override {
    return single(make_call("POST", collection(kind), json::dump(object)));
  }

  Result<Object> patch(const KindDescriptor& kind, ObjectId id, const json::Value& changes, Patch style,
                       std::int64_t version) override {
    http::Call call = make_call("PATCH", one(kind, id), json::dump(changes));
    if (style == Patch::merge) call.headers.set("Content-Type", "application/merge-patch+json");
    return single(std::move(call), version);
  }

  Result<Object> replace(const KindDescriptor& kind, ObjectId id, const json::Value& object,
                         std::int64_t version) override {
    return single(make_call("PUT", one(kind, id), json::dump(object)), version);
  }

  Result<Object> remove(const KindDescriptor& kind, ObjectId id, const RemoveOptions& options) override {
    http::Query query;
    if (options.abandon) query.add("abandon", "true");
    if (options.cascade) query.add("cascade", "true");
    return single(make_call("DELETE", with_query(one(kind, id), query)), options.version);
  }

  Result<Object> wait(const KindDescriptor& kind, ObjectId id, base::Millis limit) override {
    http::Call call = make_call("GET", one(kind, id) + "?wait=" + base::format_duration(limit));
    call.timeout = limit + base::Millis(30'000);
    return single(std::move(call));
  }

  Result<void> watch(const KindDescriptor& kind, const WatchQuery& query,
                     const std::function<bool(const WatchEvent&)>& on_event) override;

  Result<Answer> call(std::string_view method, std::string_view target, const json::Value& body,
                      base::Millis timeout) override {
    http::Call call = make_call(std::string(method), std::string(target), body.is_null() ? "" : json::dump(body));
    call.timeout = timeout;
    return exchange(std::move(call));
  }

  Result<void> stream(std::string_view target, const std::function<bool(std::string_view)>& on_chunk,
                      std::stop_token stop) override {
    http::Call call = make_call("GET", std::string(target));
    call.stop = std::move(stop);
    return open_stream(call, on_chunk);
  }

 private:
  Result<Answer> exchange(http::Call call, std::int64_t version = 0) {
    if (!call.body.empty() && !call.headers.contains("Content-Type")) {
      call.headers.set("Content-Type", "application/json");
    }
    if (version != 0) call.headers.set("If-Match", '"' + std::to_string(version) + '"');
    TP_TRY(const http::Response response, http_->call(call));
    if (response.status >= 300) return error_of(response);
    Answer answer{.status = response.status, .type = {}, .data = {}};
    answer.version = version_of(response.headers.get("ETag"));
    answer.next_cursor = response.headers.get("Threeport-Next-Cursor");
    if (response.body.empty()) return answer;
    if (response.headers.get("Content-Type").starts_with("text/plain")) {  // /readyz, /healthz
      answer.data.emplace_back(response.body);
      return answer;
    }
    auto body = json::parse(response.body);
    if (!body) return not_an_answer(call.target, body.error().message);
    if (body->find("Status") == nullptr || body->find("Data") == nullptr) {
      answer.data.push_back(std::move(*body));
      return answer;
    }
    answer.type = body->at("Type").text();
    json::Value& data = (*body)["Data"];
    if (json::Array* elements = data.if_array()) answer.data = std::move(*elements);
    return answer;
  }

  Result<Object> single(http::Call call, std::int64_t version = 0) {
    const std::string target = call.target;
    TP_TRY(Answer answer, exchange(std::move(call), version));
    if (answer.type.empty()) return not_an_answer(target, kNoEnvelope);
    if (answer.data.size() != 1 || !answer.data.front().is_object()) {
      return not_an_answer(target, "Data should hold exactly one object");
    }
    return Object{std::move(answer.data.front()), answer.version};
  }

  /// As http::Client::stream, but a failed status is an error, and a callback that ends the call is success.
  Result<void> open_stream(const http::Call& call, const std::function<bool(std::string_view)>& on_chunk) {
    http::Response head;
    bool ended_by_us = false;
    const auto streamed = http_->stream(
        call,
        [&](const http::Response& answer) {
          head = answer;
          return true;
        },
        [&](std::string_view chunk) {
          constexpr std::size_t kMaxErrorBytes = 64u << 10;
          if (head.status >= 300) {
            head.body.append(chunk);
            return head.body.size() < kMaxErrorBytes;
          }
          ended_by_us = !on_chunk(chunk);
          return !ended_by_us;
        });
    if (head.status >= 300) return error_of(head);
    if (!streamed && !ended_by_us) return streamed.error();
    return {};
  }

  std::unique_ptr<http::Client> http_;
};

Result<WatchEvent> to_watch_event(const http::StreamEvent& event) {
  if (event.event == "expired") {
    return Error{.kind = base::ErrorKind::expired,
                 .message = "the position of the watch is too old; list the objects afresh",
                 .detail = {}};
  }
  WatchEvent out{.verb = event.event, .object = {}};
  if (event.data.empty()) {
    std::from_chars(event.id.data(), event.id.data() + event.id.size(), out.sequence);
    return out;
  }
  auto data = json::parse(event.data);
  if (!data) return base::internal("an event of the watch is not JSON: " + data.error().message);
  if (!data->at("verb").text().empty()) out.verb = data->at("verb").text();
  out.sequence = data->at("seq").as_int().value_or(0);
  if (data->is_object()) out.object.data = (*data)["object"];
  return out;
}

Result<void> HttpApi::watch(const KindDescriptor& kind, const WatchQuery& query,
                            const std::function<bool(const WatchEvent&)>& on_event) {
  http::Query parameters;
  parameters.add("watch", "true");
  if (query.since) parameters.add("since", std::to_string(*query.since));
  for (const auto& [name, value] : query.filters) parameters.add(name, value);
  http::Call call = make_call("GET", with_query(query.id != 0 ? one(kind, query.id) : collection(kind), parameters));
  call.stop = query.stop;
  call.headers.set("Accept", std::string(http::kEventStreamType));
  // The server sends a comment every 15 s: two missed ones mean that it has gone.
  call.idle_timeout = base::Millis(40'000);

  http::EventParser parser;
  std::optional<Error> failure;
  bool ended_by_us = false;
  TP_CHECK(open_stream(call, [&](std::string_view chunk) {
    auto events = parser.feed(chunk);
    if (!events) {
      failure = events.error();
      return false;
    }
    for (const http::StreamEvent& event : *events) {
      auto parsed = to_watch_event(event);
      if (!parsed) {
        failure = parsed.error();
        return false;
      }
      if (!on_event(*parsed)) {
        ended_by_us = true;
        return false;
      }
    }
    return true;
  }));
  if (failure) return *failure;
  if (ended_by_us) return {};
  return base::unavailable("the watch of " + std::string(kind.path) + " was ended by the server");
}

}  // namespace

const json::Value& Object::condition(std::string_view type) const {
  if (const json::Array* conditions = data.at("Conditions").if_array()) {
    for (const json::Value& condition : *conditions) {
      if (condition.at("Type").text() == type) return condition;
    }
  }
  return json::Value::null();
}

bool Object::is(std::string_view condition_type) const {
  return condition(condition_type).at("Status").text() == "True";
}

std::unique_ptr<Api> make_http_api(std::unique_ptr<http::Client> http) {
  return std::make_unique<HttpApi>(std::move(http));
}

}  // namespace threeport::client
