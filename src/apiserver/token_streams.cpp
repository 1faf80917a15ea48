#include "apiserver/token_streams.h"

#include <algorithm>

#include "kinds/access_token.h"

namespace threeport::apiserver {
namespace {

using kinds::AccessToken;

/// Tokens without an end, and those that end later, are looked at that often all the same.
constexpr base::Millis kLongest{24 * 3'600'000};

void forget_closed(std::vector<std::weak_ptr<http::Stream>>& streams) {
  std::erase_if(streams, [](const auto& stream) { return stream.expired(); });
}

}  // namespace

void TokenStreams::add(const Actor& actor, const std::shared_ptr<http::Stream>& stream) {
  if (actor.token == 0 || stream == nullptr || stopping_) return;
  const bool is_first = streams_.with([&](std::map<ObjectId, Streams>& all) {
    const auto [entry, is_new] = all.try_emplace(actor.token);
    forget_closed(entry->second);
    entry->second.push_back(stream);
    return is_new;
  });
  if (is_first) follow(actor.token, remaining(actor.token).value_or(base::Millis(0)));
}

void TokenStreams::follow(ObjectId token, base::Millis limit) {
  const KindDescriptor* kind = objects_.registry().find(AccessToken::kind.name);
  TP_ASSERT(kind != nullptr);
  hub_.wait(*kind, token, limit, [](const Object&) { return false; }, [this, token] { look_at(token); });
}

void TokenStreams::look_at(ObjectId token) {
  if (stopping_) return;
  const auto limit = remaining(token);
  bool goes_on = false;
  const Streams ended = streams_.with([&](std::map<ObjectId, Streams>& all) {
    const auto entry = all.find(token);
    if (entry == all.end()) return Streams();
    forget_closed(entry->second);
    goes_on = limit && !entry->second.empty();
    if (goes_on) return Streams();
    Streams out = std::move(entry->second);
    all.erase(entry);
    return out;
  });
  for (const auto& stream : ended) {
    if (const auto open = stream.lock()) open->close();
  }
  if (goes_on) follow(token, *limit);
}

std::optional<base::Millis> TokenStreams::remaining(ObjectId token) {
  const auto object = objects_.get(AccessToken::kind.name, token);
  const auto stored = object ? schema::from_json<AccessToken>(object->data) : base::Result<AccessToken>(object.error());
  if (!stored) return std::nullopt;
  if (!stored->expires_at) return kLongest;
  const auto left = std::chrono::ceil<base::Millis>(*stored->expires_at - objects_.clock().now());
  if (left.count() <= 0) return std::nullopt;
  return std::min(left, kLongest);
}

}  // namespace threeport::apiserver
