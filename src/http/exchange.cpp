#include "http/exchange.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <stop_token>
#include <system_error>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/ascii.h"
#include "http/exchange_error.h"

namespace threeport::http {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// CURL and CURLM are both void: the deleter is part of the type.
template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Easy = std::unique_ptr<CURL, FreeBy<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, FreeBy<curl_multi_cleanup>>;
using FieldList = std::unique_ptr<curl_slist, FreeBy<curl_slist_free_all>>;

void initialize_curl() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  TP_ASSERT(initialized == CURLE_OK);
}

void append(FieldList& list, const std::string& text) {
  curl_slist* grown = curl_slist_append(list.get(), text.c_str());
  TP_ASSERT(grown != nullptr);
  list.release();  // NOLINT(bugprone-unused-return-value): `grown` has it now
  list.reset(grown);
}

template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);
}

void set_blob(CURL* easy, CURLoption option, const std::string& text) {
  // NOCOPY: ClientOptions outlives every exchange.
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // NOLINT: curl's blob has no const
  curl_easy_setopt(easy, option, &blob);
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

class Exchange::Impl {
 public:
  Impl() {
    initialize_curl();
    easy_.reset(curl_easy_init());
    multi_.reset(curl_multi_init());
    TP_ASSERT(easy_ != nullptr && multi_ != nullptr);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  }

  base::Result<void> run(const ClientOptions& options, const Target& target, const Call& call, const Sinks& sinks) {
    options_ = &options;
    target_ = &target;
    call_ = &call;
    sinks_ = &sinks;
    head_ = {};
    received_ = 0;
    attempts_ = 0;
    is_repeated_ = false;
    head_done_ = in_body_ = false;
    ended_ = Ended::no;
    verify_error_ = X509_V_OK;
    error_text_.fill('\0');
    curl_easy_reset(easy_.get());
    TP_CHECK(set_request());
    set_connection();
    return perform();
  }

 private:
  enum class Ended { no, stopped, by_sink, too_large, deadline, idle };

  base::Result<void> set_request();
  void set_method();
  void set_connection();
  base::Result<void> perform();
  bool poll(SteadyTime started);
  CURLcode await_result();
  base::Error error_of(CURLcode code, long os_error) const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_attempt(void* self, char* peer, char* local, int peer_port, int local_port);
  static CURLcode on_tls_context(CURL* easy, void* context, void* self);
  static int on_verified(int is_valid, X509_STORE_CTX* store);
  bool take_header(std::string_view line);
  bool take_body(std::string_view chunk);

  [[nodiscard]] std::optional<SteadyTime> deadline(SteadyTime started) const;

  Easy easy_;
  Multi multi_;
  FieldList fields_;
  FieldList connect_to_;
  const ClientOptions* options_ = nullptr;
  const Target* target_ = nullptr;
  const Call* call_ = nullptr;
  const Sinks* sinks_ = nullptr;
  Response head_;
  unsigned attempts_ = 0;
  bool is_repeated_ = false;
  std::size_t received_ = 0;
  SteadyTime last_byte_;
  bool head_done_ = false;
  bool in_body_ = false;
  Ended ended_ = Ended::no;
  int verify_error_ = X509_V_OK;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
};

base::Result<void> Exchange::Impl::set_request() {
  CURL* easy = easy_.get();
  if (!call_->target.empty() && !call_->target.starts_with('/') && !call_->target.starts_with('?'))
    return base::invalid("the target \"" + call_->target + "\" has to begin with / or ?");
  const bool has_control = std::any_of(call_->target.begin(), call_->target.end(),
                                       [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  if (has_control)
    return base::invalid("the target \"" + call_->target + "\" has a space or control character; encode it");
  set(easy, CURLOPT_URL, (target_->url + call_->target).c_str());
  set_method();

  fields_.reset();
  const auto add = [&](const std::string& line) { append(fields_, line); };
  // Without a value curl leaves its own field out.
  if (!call_->headers.contains("Expect")) add("Expect:");
  if (!call_->headers.contains("Content-Type")) add("Content-Type:");
  if (!call_->headers.contains("Host") && !target_->host_field.empty()) add("Host: " + target_->host_field);
  if (!options_->bearer_token.empty() && !call_->headers.contains("Authorization"))
    add("Authorization: Bearer " + options_->bearer_token);
  for (const auto& [name, value] : call_->headers) {
    if (name.empty() || has_line_break(name) || has_line_break(value))
      return base::invalid("the header field " + name + " has a line break in its name or value");
    std::string line = name;
    line += value.empty() ? ";" : ": ";  // curl's way to send an empty value
    line += value;
    add(line);
  }
  if (has_line_break(options_->bearer_token)) return base::invalid("the bearer token has a line break; remove it");
  set(easy, CURLOPT_HTTPHEADER, fields_.get());
  return {};
}

void Exchange::Impl::set_method() {
  CURL* easy = easy_.get();
  const std::string& method = call_->method;
  const bool sends_body = !call_->body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (sends_body) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_->body.size()));
    set(easy, CURLOPT_POSTFIELDS, call_->body.c_str());
  } else {
    set(easy, CURLOPT_HTTPGET, 1L);
  }
  if (method != "HEAD") set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Exchange::Impl::set_connection() {
  CURL* easy = easy_.get();
  const ClientOptions& options = *options_;
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // a canceled call does not wait for its name lookup
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_HEADERFUNCTION, &Impl::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Impl::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &Impl::on_attempt);
  set(easy, CURLOPT_PREREQDATA, this);
  // Set even if empty: otherwise curl obeys http_proxy and its kin of the environment.
  set(easy, CURLOPT_PROXY, options.proxy_url.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options.username.empty()) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, options.username.c_str());
    set(easy, CURLOPT_PASSWORD, options.password.c_str());
  }
  if (!options.ca_pem.empty()) set_blob(easy, CURLOPT_CAINFO_BLOB, options.ca_pem);
  if (!options.certificate_pem.empty()) {
    set_blob(easy, CURLOPT_SSLCERT_BLOB, options.certificate_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, options.key_pem);
    set(easy, CURLOPT_SSLCERTTYPE, "PEM");
    set(easy, CURLOPT_SSLKEYTYPE, "PEM");
  }
  set(easy, CURLOPT_SSL_CTX_FUNCTION, &Impl::on_tls_context);
  set(easy, CURLOPT_SSL_CTX_DATA, this);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options.insecure_skip_verify) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  connect_to_.reset();
  if (!target_->connect_to.empty()) {
    append(connect_to_, target_->connect_to);
    set(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  }
}

std::size_t Exchange::Impl::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Impl*>(self)->take_header({data, size * count}) ? size * count : 0;
}

std::size_t Exchange::Impl::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Impl*>(self)->take_body({data, size * count}) ? size * count : 0;
}

// curl sends a request again, silently, after a kept connection has broken, though the server may have carried it out
// (RFC 9110, 9.2.2).
int Exchange::Impl::on_attempt(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<Impl*>(self);
  const std::string& method = exchange.call_->method;
  exchange.is_repeated_ = ++exchange.attempts_ > 1 && (method == "POST" || method == "PATCH");
  return exchange.is_repeated_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// curl keeps OpenSSL's reason to itself where the CA has the right name and another key: ask OpenSSL.
CURLcode Exchange::Impl::on_tls_context(CURL*, void* context, void* self) {
  auto* tls = static_cast<SSL_CTX*>(context);
  SSL_CTX_set_app_data(tls, self);
  if (SSL_CTX_get_verify_mode(tls) != SSL_VERIFY_NONE) SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, &Impl::on_verified);
  return CURLE_OK;
}

int Exchange::Impl::on_verified(int is_valid, X509_STORE_CTX* store) {
  if (is_valid == 1) return 1;
  const auto* tls = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)));
  self->verify_error_ = X509_STORE_CTX_get_error(store);
  return 0;
}

bool Exchange::Impl::take_header(std::string_view line) {
  last_byte_ = base::system_clock().steady_now();
  if (head_done_) return true;  // trailers
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    head_ = {};
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), head_.status);
    return true;
  }
  if (!line.empty()) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    head_.headers.add(std::string(line.substr(0, colon)),
                      std::string(trim(line.substr(std::min(colon + 1, line.size())))));
    return true;
  }
  if (head_.status < 200) return true;  // interim answers such as 100 Continue
  head_done_ = true;
  if (sinks_->on_head(head_)) return true;
  ended_ = Ended::by_sink;
  return false;
}

bool Exchange::Impl::take_body(std::string_view chunk) {
  received_ += chunk.size();
  if (received_ > sinks_->max_body_bytes) {
    ended_ = Ended::too_large;
    return false;
  }
  const bool goes_on = sinks_->on_chunk(chunk);
  last_byte_ = base::system_clock().steady_now();
  if (!goes_on) ended_ = Ended::by_sink;
  return goes_on;
}

std::optional<SteadyTime> Exchange::Impl::deadline(SteadyTime started) const {
  if (!sinks_->is_stream || !head_done_) return started + call_->timeout;
  if (call_->idle_timeout.count() > 0) return last_byte_ + call_->idle_timeout;
  return std::nullopt;
}

base::Result<void> Exchange::Impl::perform() {
  if (call_->stop.stop_requested()) return base::canceled("the call to " + target_->host_port + " was canceled");
  const SteadyTime started = base::system_clock().steady_now();
  last_byte_ = started;
  CURLM* multi = multi_.get();
  if (curl_multi_add_handle(multi, easy_.get()) != CURLM_OK) return base::internal("cannot start an HTTP call");
  bool runs = true;
  {
    const std::stop_callback wake(call_->stop, [multi] { curl_multi_wakeup(multi); });
    while (runs) runs = poll(started);
  }
  const CURLcode code = await_result();
  long os_error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_error);
  curl_multi_remove_handle(multi, easy_.get());
  if (ended_ == Ended::no && code == CURLE_OK) return {};
  return error_of(code, os_error);
}

// False once the exchange has ended, by itself or by us.
bool Exchange::Impl::poll(SteadyTime started) {
  int running = 0;
  if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return false;
  if (running == 0) return false;
  if (call_->stop.stop_requested()) {
    ended_ = Ended::stopped;
    return false;
  }
  constexpr base::Millis kLongest{60'000};
  base::Millis wait = kLongest;
  if (const auto until = deadline(started)) {
    const auto left = std::chrono::ceil<base::Millis>(*until - base::system_clock().steady_now());
    if (left.count() <= 0) {
      ended_ = sinks_->is_stream && head_done_ ? Ended::idle : Ended::deadline;
      return false;
    }
    wait = std::min(wait, left);
  }
  return curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr) == CURLM_OK;
}

CURLcode Exchange::Impl::await_result() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE) return message->data.result;
  return CURLE_ABORTED_BY_CALLBACK;
}

base::Error Exchange::Impl::error_of(CURLcode code, long os_error) const {
  const std::string& host = target_->host_port;
  switch (ended_) {
    case Ended::stopped:
    case Ended::by_sink: return base::canceled("the call to " + host + " was canceled");
    case Ended::too_large: {
      base::Error error = base::invalid("the answer of " + host + " is longer than " +
                                        std::to_string(sinks_->max_body_bytes) + " bytes; ask for less");
      error.reason = "AnswerTooLarge";
      return error;
    }
    case Ended::deadline:
      return timeout_error("no answer from " + host + " within " + base::format_duration(call_->timeout));
    case Ended::idle:
      return timeout_error("no byte from " + host + " within " + base::format_duration(call_->idle_timeout));
    case Ended::no: break;
  }
  return transfer_error({.code = code,
                         .os_error = static_cast<int>(os_error),
                         .verify_error = verify_error_,
                         .is_repeated = is_repeated_,
                         .host_port = host,
                         .text = error_text_.data(),
                         .connect_timeout = options_->connect_timeout});
}

Exchange::Exchange() : impl_(std::make_unique<Impl>()) {}
Exchange::~Exchange() = default;

base::Result<void> Exchange::run(const ClientOptions& options, const Target& target, const Call& call,
                                 const Sinks& sinks) {
  return impl_->run(options, target, call, sinks);
}

}  // namespace threeport::http
