#include "apiserver/reply.h"

#include <algorithm>
#include <utility>

#include "apiserver/envelope.h"

namespace threeport::apiserver {

void StatusCounts::count(int status) {
  counts_.at(static_cast<std::size_t>(std::clamp(status / 100, 1, 5))).fetch_add(1, std::memory_order_relaxed);
}

Reply::Reply(http::Responder responder, std::string request_id, bool pretty, std::shared_ptr<StatusCounts> counts)
    : responder_(std::move(responder)),
      request_id_(std::move(request_id)),
      pretty_(pretty),
      counts_(std::move(counts)) {}

Reply::~Reply() {
  if (counts_) std::move(*this).send(bare(500));
}

void Reply::send(http::Response response) && {
  if (pretty_) make_pretty(response);
  response.headers.add("X-Request-Id", std::move(request_id_));
  std::exchange(counts_, nullptr)->count(response.status);
  std::move(responder_).send(std::move(response));
}

std::shared_ptr<http::Stream> Reply::stream(http::Response head) && {
  head.headers.add("X-Request-Id", std::move(request_id_));
  std::exchange(counts_, nullptr)->count(head.status);
  auto stream = std::move(responder_).stream(std::move(head));
  if (on_stream_) on_stream_(stream);
  return stream;
}

}  // namespace threeport::apiserver
