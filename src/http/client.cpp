#include "http/client.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include <curl/curl.h>

#include "base/text.h"
#include "http/exchange.h"
#include "http/pem.h"

namespace threeport::http {
namespace {

/// Idle exchanges of one client. The one that was used last is used next: its connection is the most likely to be open.
class ExchangePool {
 public:
  explicit ExchangePool(std::size_t max_idle) : max_idle_(max_idle) {}

  std::unique_ptr<Exchange> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Exchange>();
    auto last = std::move(idle_.back());
    idle_.pop_back();
    return last;
  }

  void give_back(std::unique_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < max_idle_) idle_.push_back(std::move(exchange));
  }

 private:
  const std::size_t max_idle_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> idle_;
};

class CurlClient final : public Client {
 public:
  CurlClient(ClientOptions options, Target target)
      : options_(std::move(options)), target_(std::move(target)), pool_(options_.max_idle_connections) {}

  base::Result<Response> call(const Call& call) override {
    Response response;
    const auto on_head = [&](const Response& head) {
      response = head;
      return true;
    };
    const auto on_chunk = [&](std::string_view chunk) {
      response.body += chunk;
      return true;
    };
    TP_CHECK(run(call, {.on_head = on_head, .on_chunk = on_chunk, .max_body_bytes = options_.max_body_bytes}));
    return response;
  }

  base::Result<void> stream(const Call& call, const std::function<bool(const Response& head)>& on_head,
                            const std::function<bool(std::string_view chunk)>& on_chunk) override {
    return run(call, {.on_head = on_head, .on_chunk = on_chunk, .is_stream = true});
  }

 private:
  base::Result<void> run(const Call& call, const Sinks& sinks) {
    auto exchange = pool_.take();
    auto result = exchange->run(options_, target_, call, sinks);
    pool_.give_back(std::move(exchange));
    return result;
  }

  const ClientOptions options_;
  const Target target_;
  ExchangePool pool_;
};

}  // namespace

base::Result<std::unique_ptr<Client>> Client::make(ClientOptions options) {
  TP_TRY(Target target, Target::parse(options));
  TP_CHECK(check_certificates(options.ca_pem, "the CA certificate"));
  TP_CHECK(check_key_pair(options.certificate_pem, options.key_pem));
  return std::unique_ptr<Client>(std::make_unique<CurlClient>(std::move(options), std::move(target)));
}

}  // namespace threeport::http
