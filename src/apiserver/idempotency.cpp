#include "apiserver/idempotency.h"

#include <algorithm>
#include <chrono>

#include "apiserver/envelope.h"
#include "apiserver/expiry.h"
#include "base/crypto.h"
#include "kinds/plan.h"

namespace threeport::apiserver {
namespace {

using kinds::IdempotencyRecord;

constexpr std::chrono::hours kLife{24};
constexpr std::string_view kKind = IdempotencyRecord::kind.name;

base::Result<void> check_key(std::string_view key) {
  const bool valid = !key.empty() && key.size() <= 255 &&
                     std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
  if (valid) return {};
  return base::invalid("Idempotency-Key must be 1 to 255 visible characters, such as a UUID");
}

std::string fingerprint_of(const http::Request& request) {
  return base::sha256_hex(request.method + "\n" + request.path + "?" + request.raw_query + "\n" + request.body);
}

}  // namespace

base::Result<std::optional<http::Response>> answered_before(Objects& objects, Call& call) {
  const std::string_view key = call.request.headers.get("Idempotency-Key");
  if (call.request.method != "POST" || !call.request.headers.contains("Idempotency-Key"))
    return std::optional<http::Response>();
  TP_CHECK(check_key(key));
  auto receipt = std::make_shared<Receipt>();
  receipt->name = base::sha256_hex(call.context.by + "\n" + std::string(key));
  receipt->fingerprint = fingerprint_of(call.request);
  TP_TRY(const auto object, objects.find_by_name(kKind, receipt->name));
  if (object) {
    TP_TRY(const auto record, schema::from_json<IdempotencyRecord>(object->data));
    if (record.expires_at > objects.clock().now()) {
      if (record.fingerprint != receipt->fingerprint) {
        return base::conflict("Idempotency-Key " + std::string(key) +
                              " was used for another request within the last day; use a new key for each request");
      }
      TP_TRY(std::string body, objects.reveal(record.body));
      http::Response answer = json_text(std::move(body), static_cast<int>(record.code));
      answer.headers.add("Idempotency-Replayed", "true");
      return std::optional(std::move(answer));
    }
  }
  sweep_expired(objects, kKind);
  if (object) TP_CHECK(remove_expired(objects, *object));  // its name is needed
  call.context.receipt = std::move(receipt);
  return std::optional<http::Response>();
}

std::string wire_list(const Objects& objects, const std::vector<Object>& list) {
  std::string data = "[";
  for (const Object& object : list) {
    if (data.size() > 1) data += ',';
    json::dump_to(data, objects.wire(object));
  }
  return data + "]";
}

http::Response answer_of(const Objects& objects, const WriteContext& context, const std::vector<Object>& after) {
  if (context.answer) return context.answer(after);
  const auto count = static_cast<std::int64_t>(after.size());
  return success(after.empty() ? "" : after[0].kind->name, wire_list(objects, after), {1, count, count}, 201);
}

Write record_of(Objects& objects, const Receipt& receipt, const http::Response& answer) {
  return {.op = Write::Op::create,
          .kind = std::string(kKind),
          .id = 0,
          .body = json::Object{{"Name", receipt.name},
                               {"Fingerprint", receipt.fingerprint},
                               {"Code", answer.status},
                               {"Body", answer.body},
                               {"ExpiresAt", base::format_time(objects.clock().now() + kLife)}},
          .version = {},
          .observed = {},
          .by_controller = true};
}

base::Result<void> check_not_made(Objects& objects, const Receipt& receipt) {
  TP_TRY(const auto record, objects.find_by_name(kKind, receipt.name));
  if (!record) return {};
  return base::conflict(
      "the same request, with the same Idempotency-Key, has just been executed; repeat it for its answer");
}

}  // namespace threeport::apiserver
