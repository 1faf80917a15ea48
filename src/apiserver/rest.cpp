#include "apiserver/rest.h"

#include <charconv>

#include "apiserver/admission.h"
#include "apiserver/cursor.h"
#include "apiserver/envelope.h"
#include "apiserver/history.h"
#include "apiserver/relations.h"
#include "base/text.h"

namespace threeport::apiserver {
namespace {

constexpr std::int64_t kDefaultSize = 50;
constexpr base::Millis kLongestWait{300'000};

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string etag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

base::Result<json::Value> parse_body(const http::Request& request) {
  if (request.body.empty()) return base::invalid("the body is empty; it must be a JSON object");
  auto body = json::parse(request.body);
  if (!body) return base::invalid("the body is not valid JSON: " + body.error().message);
  return body;
}

/// The version that If-Match asks for; unset for `*` and where the header is absent. Error `invalid`.
base::Result<std::optional<std::int64_t>> parse_if_match(const http::Request& request) {
  std::string_view text = request.headers.get("If-Match");
  if (text.empty() || text == "*") return std::optional<std::int64_t>();
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto version = parse_integer(text);
  if (!version) return base::invalid("If-Match must be an ETag as a GET answers it, such as \"3\"");
  return version;
}

bool is_settled(const Object& object) {
  const json::Array* conditions = object.data.at("Conditions").if_array();
  if (conditions == nullptr || object.observed == 0) return false;
  for (const json::Value& condition : *conditions) {
    const bool current = condition.at("ObservedGeneration").as_int() == object.generation;
    const std::string_view type = condition.at("Type").text();
    if (current && (type == "Ready" || type == "Stalled") && condition.at("Status").text() == "True") return true;
  }
  return false;
}

/// The object is to live in another one: its creation can lose a race against a change of that.
bool is_resident(const KindDescriptor& kind, const json::Value& body) {
  const json::Object* members = body.if_object();
  return members != nullptr && std::any_of(members->begin(), members->end(), [&](const json::Member& member) {
           const schema::FieldDescriptor* field = kind.find_in_body(member.key);
           return field != nullptr && field->has(schema::resident) && !member.value.is_null();
         });
}

bool wants_stream(const Call& call) {
  const auto watch = call.query.get("watch");
  return watch && (*watch == "true" || *watch == "1" || watch->empty());
}

}  // namespace

base::Result<ObjectId> parse_id(std::string_view text) {
  const auto id = parse_integer(text);
  if (!id || *id <= 0 || *id > schema::kMaxId) {
    return base::not_found("record not found: \"" + std::string(text) +
                           "\" is no object id, which is a positive integer");
  }
  return *id;
}

base::Result<ListQuery> parse_list_query(const KindDescriptor& kind, const http::Query& query, std::int64_t& page,
                                         std::int64_t& size) {
  page = 1;
  size = kDefaultSize;
  for (auto [name, value] : {std::pair<const char*, std::int64_t*>{"page", &page}, {"size", &size}}) {
    const auto text = query.get(name);
    if (!text || text->empty()) continue;
    const auto number = parse_integer(*text);
    if (!number || *number < -1)
      return base::invalid(std::string("Query parameter is not a valid integer value: ") + name);
    *value = *number;
  }
  ListQuery out;
  out.want_total = true;
  if (size >= 0) out.limit = size;
  if (page > 1 && size > 0) {
    if (page - 1 > INT64_MAX / size) return base::invalid("Query parameter is not a valid integer value: page");
    out.offset = (page - 1) * size;
  }
  for (const auto& [name, text] : query) {
    const schema::FieldDescriptor* field = kind.find_query(name);
    // A member that is called like a parameter of the request cannot be filtered by.
    if (field == nullptr || name == "page" || name == "size") continue;
    const bool repeated =
        std::any_of(out.filters.begin(), out.filters.end(), [&](const auto& f) { return f.first == field; });
    if (repeated) continue;
    TP_TRY(json::Value value, parse_filter(*field, text));
    out.filters.emplace_back(field, std::move(value));
  }
  return out;
}

http::Response one_object(const Objects& objects, const Object& object, int status) {
  std::string data = "[";
  json::dump_to(data, objects.wire(object));
  data += ']';
  http::Response response = success(object.kind->name, data, {}, status);
  response.headers.add("ETag", etag(object.version));
  return response;
}

void Rest::post(const KindDescriptor& kind, const Call& call, Reply reply) {
  auto body = parse_body(call.request);
  if (!body) return std::move(reply).send(failure(kind.name, body.error()));
  // With a receipt the answer is kept with the object, so both are made at once; a lost race is run again.
  if (call.context.receipt || is_resident(kind, *body)) {
    auto object = objects_.write({.op = Write::Op::create,
                                  .kind = std::string(kind.name),
                                  .id = 0,
                                  .body = std::move(*body),
                                  .version = {},
                                  .observed = {}},
                                 call.context);
    return std::move(reply).send(object ? one_object(objects_, *object, 201) : failure(kind.name, object.error()));
  }
  // Not by `this`: the server may be gone before the store has decided.
  auto shared = std::make_shared<Reply>(std::move(reply));
  objects_.create(kind, std::move(*body), call.context, [&kind, shared](const base::Result<std::string>& wire) {
    if (!wire) return std::move(*shared).send(failure(kind.name, wire.error()));
    http::Response response = success(kind.name, "[" + *wire + "]", {}, 201);
    response.headers.add("ETag", etag(store::kFirstVersion));
    std::move(*shared).send(std::move(response));
  });
}

http::Response Rest::get(const KindDescriptor& kind, Call& call) {
  auto id = parse_id(call.parameters[0]);
  if (!id) return failure(kind.name, id.error());
  auto row = objects_.get_row(kind, *id);
  if (!row) return failure(kind.name, row.error());
  std::string data;
  data.reserve(row->doc.size() + 128);
  data += '[';
  if (auto appended = append_read(data, objects_, kind, *row); !appended) return failure(kind.name, appended.error());
  data += ']';
  http::Response response = success(kind.name, data);
  response.headers.add("ETag", etag(row->version));
  return response;
}

http::Response Rest::list(const KindDescriptor& kind, Call& call) {
  std::int64_t page = 0, size = 0;
  auto query = parse_list_query(kind, call.query, page, size);
  if (!query) return failure(kind.name, query.error());
  auto cursor = continue_list(call.query, *query);
  if (!cursor) return failure(kind.name, cursor.error());
  auto head = objects_.store().head();
  if (!head) return failure(kind.name, head.error());
  auto rows = objects_.list_rows(kind, *query);
  if (!rows) return failure(kind.name, rows.error());
  const std::optional<Cursor> next = next_cursor(*cursor, *query, page, *rows);
  std::string data = "[";
  for (const store::Row& row : rows->rows) {
    if (data.size() > 1) data += ',';
    if (auto appended = append_read(data, objects_, kind, row); !appended) return failure(kind.name, appended.error());
  }
  data += ']';
  if (*cursor) page = (*cursor)->page;
  http::Response response = success(kind.name, data, {page, size, rows->total});
  response.headers.add("Threeport-Sequence", std::to_string(*head));
  if (next) response.headers.add("Threeport-Next-Cursor", text_of(*next));
  return response;
}

http::Response Rest::change(const KindDescriptor& kind, Call& call, Write::Op op) {
  auto id = parse_id(call.parameters[0]);
  if (!id) return failure(kind.name, id.error());
  if (auto row = objects_.get_row(kind, *id); !row) return failure(kind.name, row.error());
  auto version = parse_if_match(call.request);
  if (!version) return failure(kind.name, version.error());
  auto body = parse_body(call.request);
  if (!body) return failure(kind.name, body.error());
  const bool merge =
      op == Write::Op::patch && call.request.headers.get("Content-Type").starts_with("application/merge-patch+json");
  Write write{.op = merge ? Write::Op::merge : op,
              .kind = std::string(kind.name),
              .id = *id,
              .body = std::move(*body),
              .version = *version,
              .observed = {}};
  if (const auto guard = change_guards_.find(kind.name); guard != change_guards_.end()) {
    auto before = objects_.get(kind.name, *id);
    if (!before) return failure(kind.name, before.error());
    if (auto answer = guard->second(*before, write, call)) return std::move(*answer);
  }
  auto object = objects_.write(std::move(write), call.context);
  if (!object) return failure(kind.name, object.error());
  return one_object(objects_, *object);
}

http::Response Rest::remove(const KindDescriptor& kind, Call& call) {
  auto id = parse_id(call.parameters[0]);
  if (!id) return failure(kind.name, id.error());
  auto version = parse_if_match(call.request);
  if (!version) return failure(kind.name, version.error());
  const bool abandon = call.query.get("abandon") == "true", cascade = call.query.get("cascade") == "true";
  std::vector<std::string> left;
  if (const auto guard = removal_guards_.find(kind.name); guard != removal_guards_.end() && !abandon) {
    auto object = objects_.get(kind.name, *id);
    if (!object) return failure(kind.name, object.error());
    if (auto allowed = guard->second(*object, call.query); !allowed) return failure(kind.name, allowed.error());
  }
  if (abandon) {
    auto object = objects_.get(kind.name, *id);
    if (!object) return failure(kind.name, object.error());
    if (const auto list = left_behind_.find(kind.name); list != left_behind_.end()) {
      auto listed = list->second(*object);
      if (!listed) return failure(kind.name, listed.error());
      left = std::move(*listed);
    }
    call.context.reason = "abandoned";
  } else if (kind.reconciled) {
    call.context.reason = "deletion asked for";
  }
  auto object = objects_.write({.op = Write::Op::remove,
                                .kind = std::string(kind.name),
                                .id = *id,
                                .body = {},
                                .version = *version,
                                .observed = {},
                                .abandon = abandon,
                                .cascade = cascade},
                               call.context);
  if (!object) return failure(kind.name, object.error());
  if (abandon) {
    json::Array names(left.begin(), left.end());
    object->data["LeftBehind"] = std::move(names);
  }
  return one_object(objects_, *object);
}

void Rest::start_watch(Call& call, WatchRequest request, Reply reply, std::string_view type) {
  std::string_view since = call.request.headers.get("Last-Event-ID");
  if (const auto parameter = call.query.get("since")) since = *parameter;
  if (!since.empty()) {
    const auto sequence = parse_integer(since);
    if (!sequence || *sequence < 0)
      return std::move(reply).send(
          failure(type, base::invalid("since must be a sequence as a list or an event carries it")));
    request.since = sequence;
  }
  if (auto checked = hub_.check(request); !checked) return std::move(reply).send(failure(type, checked.error()));
  http::Response head;
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-store");
  hub_.watch(std::move(request), std::move(reply).stream(std::move(head)));
}

void Rest::get_or_stream(const KindDescriptor& kind, Call call, Reply reply) {
  if (call.query.contains("at")) return std::move(reply).send(answer_past(objects_, kind, call));
  if (wants_stream(call)) {
    auto id = parse_id(call.parameters[0]);
    if (!id) return std::move(reply).send(failure(kind.name, id.error()));
    if (auto row = objects_.get_row(kind, *id); !row) return std::move(reply).send(failure(kind.name, row.error()));
    return start_watch(call, {.kinds = {&kind}, .id = *id, .filter = {}, .since = {}}, std::move(reply), kind.name);
  }
  const auto wait = call.query.get("wait");
  if (!wait) return std::move(reply).send(get(kind, call));
  auto limit = base::parse_duration(*wait);
  if (!limit) return std::move(reply).send(failure(kind.name, std::move(limit).error().with_context("wait")));
  auto id = parse_id(call.parameters[0]);
  if (!id) return std::move(reply).send(failure(kind.name, id.error()));
  auto object = objects_.get(kind.name, *id);
  // What is not reconciled is never more ready than now.
  if (!object || !kind.reconciled || is_settled(*object)) return std::move(reply).send(get(kind, call));
  auto shared = std::make_shared<std::pair<Call, Reply>>(std::move(call), std::move(reply));
  hub_.wait(kind, *id, std::min(*limit, kLongestWait), is_settled,
            [this, &kind, shared] { std::move(shared->second).send(get(kind, shared->first)); });
}

void Rest::list_or_stream(const KindDescriptor& kind, Call call, Reply reply) {
  if (call.query.contains("at")) {
    return std::move(reply).send(
        failure(kind.name, base::invalid("at: the past is kept by object; name one: GET /v0/" + std::string(kind.path) +
                                         "/ID?at=" + std::string(*call.query.get("at")))));
  }
  if (!wants_stream(call)) return std::move(reply).send(list(kind, call));
  std::int64_t page = 0, size = 0;
  auto query = parse_list_query(kind, call.query, page, size);
  if (!query) return std::move(reply).send(failure(kind.name, query.error()));
  ListQuery filter;
  filter.filters = std::move(query->filters);
  start_watch(call, {.kinds = {&kind}, .id = 0, .filter = std::move(filter), .since = {}}, std::move(reply), kind.name);
}

void Rest::watch_all(Call call, Reply reply) {
  WatchRequest request{.kinds = {}, .id = 0, .filter = {}, .since = {}, .with_kind = true};
  std::string_view rest = call.query.get("kinds").value_or("");
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const KindDescriptor* kind = objects_.registry().find_any(word);
    if (kind == nullptr)
      return std::move(reply).send(
          failure("Watch", base::invalid("kinds: there is no kind \"" + std::string(word) + "\"")));
    request.kinds.push_back(kind);
  }
  if (request.kinds.empty()) {
    for (const KindDescriptor& kind : objects_.registry().kinds()) {
      if (kind.routed) request.kinds.push_back(&kind);
    }
  }
  start_watch(call, std::move(request), std::move(reply), "Watch");
}

void Rest::add_routes(Router& router) {
  for (const KindDescriptor& kind : objects_.registry().kinds()) {
    if (kind.routed) add_kind(router, kind);
  }
  router
      .add_deferred("GET", "/v0/watch", "Changes of the objects of several kinds, as server-sent events",
                    [this](Call call, Reply reply) { watch_all(std::move(call), std::move(reply)); })
      .in_group("Watch")
      .named("watch")
      .query("kinds", "Names of kinds, joined by commas; without it all.", text_schema())
      .query("since", "Only what changed after this sequence.", integer_schema(0, INT64_MAX))
      .header("Last-Event-ID", "As since; sent by clients that resume a stream.", text_schema())
      .answers(200, text_schema(), "text/event-stream")
      .fails({400, 410, 503});
}

void Rest::add_kind(Router& router, const KindDescriptor& kind) {
  const std::string collection = "/v0/" + std::string(kind.path);
  const std::string item = collection + "/{}";
  const std::string words = kind.words();
  router.add("GET", "/" + std::string(kind.path) + "/versions", "The API versions of kind " + words, [&kind](Call&) {
    return json_text("{\"API\":\"" + std::string(kind.name) + "\",\"Versions\":[\"v0\"]}\n");
  });
  router.add("OPTIONS", collection, "Answers 204", [](Call&) {
    http::Response response;
    response.status = 204;
    return response;
  });
  router.add_deferred("GET", collection, "List objects of kind " + words, [this, &kind](Call call, Reply reply) {
    list_or_stream(kind, std::move(call), std::move(reply));
  });
  router.add_deferred("GET", item, "Read a " + words, [this, &kind](Call call, Reply reply) {
    get_or_stream(kind, std::move(call), std::move(reply));
  });
  router.add("DELETE", item, (kind.reconciled ? "Schedule the deletion of a " : "Delete a ") + words,
             [this, &kind](Call& call) { return remove(kind, call); });
  if (kind.controller_made) return;
  router.add_deferred("POST", collection, "Create a " + words,
                      [this, &kind](const Call& call, Reply reply) { post(kind, call, std::move(reply)); });
  router.add("PATCH", item, "Change members of a " + words,
             [this, &kind](Call& call) { return change(kind, call, Write::Op::patch); });
  router.add("PUT", item, "Replace a " + words,
             [this, &kind](Call& call) { return change(kind, call, Write::Op::replace); });
}

}  // namespace threeport::apiserver
