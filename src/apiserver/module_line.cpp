#include "apiserver/module_line.h"

#include <stop_token>

#include "apiserver/envelope.h"
#include "apiserver/module_headers.h"
#include "base/log.h"
#include "http/event_stream.h"

namespace threeport::apiserver {
namespace {

/// Longer bodies are streamed, and so are those whose length is not known unless they are JSON, whose writers rarely
/// know it.
constexpr std::size_t kCollected = 1u << 20;
/// Unsent bytes of a stream, beyond which the module has to wait for the client.
constexpr std::size_t kUnsent = 1u << 20;
constexpr base::Millis kLongestWait{300'000};  // as our own routes have it
constexpr base::Millis kRetry{1'000};
constexpr std::string_view kEnded = "the control plane stops, or the module was removed; try again";
constexpr base::Millis kProbeTimeout{2'000};

/// Brings a module's answer to the client: in one piece where it is short, as a stream where it is long or open.
class Relay {
 public:
  /// `gone` is told to stop when the client of a stream goes.
  Relay(Reply reply, bool is_head, std::atomic<unsigned>& streams, unsigned most_streams, std::stop_source gone)
      : reply_(std::move(reply)),
        is_head_(is_head),
        streams_(streams),
        most_streams_(most_streams),
        gone_(std::move(gone)) {}
  ~Relay() {
    if (is_counted_) streams_.fetch_sub(1);
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// False: there are too many streams.
  bool on_head(const http::Response& head) {
    head_ = {.status = head.status, .headers = to_client(head.headers), .body = {}};
    const std::string_view type = head.headers.get("Content-Type");
    const std::string_view length = head.headers.get("Content-Length");
    if (is_head_ && !length.empty()) head_.headers.add("Content-Length", std::string(length));
    const bool has_body = !is_head_ && head.status != 204 && head.status != 304;
    const bool is_open =
        type.starts_with(http::kEventStreamType) || (length.empty() && !type.starts_with("application/json"));
    if (!has_body || !is_open) return true;
    if (streams_.fetch_add(1) >= most_streams_) {
      streams_.fetch_sub(1);
      return false;
    }
    is_counted_ = true;
    stream();
    return true;
  }
  bool on_chunk(std::string_view chunk) {
    if (!stream_ && head_.body.size() + chunk.size() <= kCollected) {
      head_.body += chunk;
      return true;
    }
    if (!stream_) stream();
    return stream_->wait_until_unsent(kUnsent) && stream_->write(chunk);
  }
  void finish() {
    if (stream_) return stream_->close();
    std::move(reply_).send(std::move(head_));
  }
  /// The client is already being answered: nothing can be said any more but that the body is not whole.
  [[nodiscard]] bool has_begun() const { return stream_ != nullptr; }
  void fail(http::Response response) { std::move(reply_).send(std::move(response)); }

 private:
  void stream() {
    const std::string collected = std::exchange(head_.body, {});
    stream_ = std::move(reply_).stream(head_);
    stream_->on_closed([gone = gone_]() mutable { gone.request_stop(); });
    if (!collected.empty()) stream_->write(collected);
  }

  Reply reply_;
  const bool is_head_;
  std::atomic<unsigned>& streams_;
  const unsigned most_streams_;
  std::stop_source gone_;
  http::Response head_;
  std::shared_ptr<http::Stream> stream_;  // dropped without close() it cuts the connection
  bool is_counted_ = false;
};

/// How long the request itself asks to be kept waiting.
base::Millis asked_wait(const Call& call) {
  const auto wait = call.query.get("wait");
  const auto parsed = wait ? base::parse_duration(*wait) : base::Result<base::Millis>(base::Millis(0));
  return parsed ? std::min(*parsed, kLongestWait) : base::Millis(0);
}

}  // namespace

/// A request that waits for a thread. Dropped by a pool that stops it is answered all the same.
struct ModuleLine::Pending {
  Pending(Call c, Reply r, std::atomic<unsigned>& count) : call(std::move(c)), reply(std::move(r)), open(count) {
    open.fetch_add(1);
  }
  ~Pending() {
    if (reply) std::move(*reply).send(failure("ModuleApi", base::unavailable(std::string(kEnded))));
    open.fetch_sub(1);
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  Reply take_reply() {
    Reply taken = std::move(*reply);
    reply.reset();
    return taken;
  }

  Call call;
  std::optional<Reply> reply;
  std::atomic<unsigned>& open;
};

base::Result<std::shared_ptr<ModuleLine>> ModuleLine::make(const ModuleTarget& target,
                                                           const ModuleProxyOptions& options, base::Clock& clock) {
  http::ClientOptions client;
  client.base_url = "http://" + target.endpoint;
  client.user_agent = "threeport";
  client.connect_timeout = options.connect_timeout;
  client.max_idle_connections = options.threads;
  TP_TRY(auto made, http::Client::make(std::move(client)));
  return std::make_shared<ModuleLine>(target, std::move(made), options, clock);
}

ModuleLine::ModuleLine(ModuleTarget target, std::unique_ptr<http::Client> client, const ModuleProxyOptions& options,
                       base::Clock& clock)
    : target_(std::move(target)),
      client_(std::move(client)),
      options_(options),
      clock_(clock),
      pool_({.name = "module-" + target_.name, .threads = options.threads, .queue_limit = options.waiting}) {}

void ModuleLine::forward(Call call, Reply reply) {
  const auto now = clock_.steady_now();
  const std::string problem =
      health_.with([&](const Health& health) { return now < health.rests_until ? health.problem : std::string(); });
  if (!problem.empty()) {
    failed_.fetch_add(1);
    return std::move(reply).send(failure_of(503, problem, options_.rest_after_timeout));
  }
  auto pending = std::make_shared<Pending>(std::move(call), std::move(reply), open_);
  const auto queued = pool_.try_submit([this, pending](const std::stop_token& stop) { carry(*pending, stop); });
  if (queued || queued.error().kind == base::ErrorKind::canceled) return;
  failed_.fetch_add(1);
  pending->take_reply().send(failure_of(
      503, std::to_string(options_.threads) + " requests run and " + std::to_string(options_.waiting) + " wait already",
      kRetry));
}

http::Call ModuleLine::call_of(const Call& call, std::stop_token stop) const {
  http::Call out;
  out.method = call.request.method;
  out.target = call.request.path;
  if (!call.request.raw_query.empty()) out.target += "?" + call.request.raw_query;
  out.headers = to_module(call.request, {.actor = call.context.by,
                                         .module = target_.name,
                                         .request_id = call.context.request_id,
                                         .is_tls = options_.is_tls});
  out.body = call.request.body;
  out.timeout = options_.answer_timeout + asked_wait(call);
  out.idle_timeout = options_.idle_timeout;
  out.stop = std::move(stop);
  return out;
}

void ModuleLine::carry(Pending& pending, const std::stop_token& stop) {
  std::stop_source ended;
  const std::stop_callback forward_stop(stop, [&ended] { ended.request_stop(); });
  const http::Call out = call_of(pending.call, ended.get_token());
  Relay relay(pending.take_reply(), out.method == "HEAD", streams_, options_.threads / 2, ended);
  bool has_head = false, too_many_streams = false;
  const auto done = client_->stream(
      out,
      [&](const http::Response& head) {
        has_head = true;
        too_many_streams = !relay.on_head(head);
        return !too_many_streams;
      },
      [&](std::string_view chunk) { return relay.on_chunk(chunk); });
  if (has_head) note_success();
  if (done) {
    answered_.fetch_add(1);
    return relay.finish();
  }
  failed_.fetch_add(1);
  if (!has_head && done.error().kind != base::ErrorKind::canceled) note_failure(done.error());
  if (relay.has_begun()) return;
  if (too_many_streams) {
    return relay.fail(failure_of(
        503, "it has " + std::to_string(options_.threads / 2) + " open streams already, the most that it may have",
        kRetry));
  }
  relay.fail(failure_of(done.error()));
}

void ModuleLine::probe(const std::stop_token& stop) {
  http::Call call;
  call.target = "/healthz";
  call.headers.add(std::string(kModuleHeader), target_.name);
  call.timeout = kProbeTimeout;
  call.stop = stop;
  // Whatever it answers, it is there; but for the statuses that say that it is not ready.
  const auto answer = client_->call(call);
  if (!answer && answer.error().kind == base::ErrorKind::canceled) return;
  if (!answer) return note_failure(answer.error());
  if (answer->status >= 502 && answer->status <= 504)
    return note_failure(base::unavailable("GET /healthz answers " + std::to_string(answer->status)));
  note_success();
}

std::optional<bool> ModuleLine::is_up() const {
  return health_.with([](const Health& health) { return health.is_up; });
}

void ModuleLine::note_success() {
  const bool was_down = health_.with([](Health& health) {
    const bool down = health.is_up == false;
    health = {.is_up = true, .problem = {}, .rests_until = {}};
    return down;
  });
  if (was_down) base::log::info("module is back", {{"module", target_.name}, {"endpoint", target_.endpoint}});
}

void ModuleLine::note_failure(const base::Error& error) {
  const auto now = clock_.steady_now();
  const bool was_up = health_.with([&](Health& health) {
    const bool up = health.is_up != false;
    health.is_up = false;
    health.problem = error.message;
    // Whoever refuses costs nothing to be asked; whoever is silent costs each request its time.
    if (error.reason == "Timeout") health.rests_until = now + options_.rest_after_timeout;
    return up;
  });
  if (was_up) {
    base::log::warn("module is away", {{"module", target_.name}, {"endpoint", target_.endpoint}, {"error", error}});
  }
}

http::Response ModuleLine::failure_of(int status, std::string_view problem, base::Millis retry_after) const {
  const std::string text = "module " + target_.name + " at " + target_.endpoint +
                           " cannot answer: " + std::string(problem) +
                           "; start it, or correct Endpoint of module api " + std::to_string(target_.id);
  http::Response response = failure("ModuleApi", status, text);
  response.headers.add("Retry-After", std::to_string((retry_after.count() + 999) / 1000));
  return response;
}

http::Response ModuleLine::failure_of(const base::Error& error) const {
  if (error.kind == base::ErrorKind::invalid) return failure("ModuleApi", error);
  if (error.kind == base::ErrorKind::canceled) return failure("ModuleApi", base::unavailable(std::string(kEnded)));
  const bool is_connected = error.reason == "AnswerBroken";
  const int status = error.reason == "Timeout" ? 504 : is_connected ? 502 : 503;
  return failure_of(status, error.message, kRetry);
}

}  // namespace threeport::apiserver
