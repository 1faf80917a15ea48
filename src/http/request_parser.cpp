#include "http/request_parser.h"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"

namespace threeport::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;
using beast::http::field;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

/// Up to this size the body's memory is taken at once; more only as bytes arrive.
constexpr std::uint64_t kReserveAtMost = 256u << 10;

int status_of(const error_code& code) {
  using beast::http::error;
  if (code == error::header_limit) return 431;
  if (code == error::body_limit) return 413;
  return 400;
}

}  // namespace

// Beast keeps the protocol's state, we keep the message: no header map in between.
class RequestParser::Impl final {
 public:
  explicit Impl(Limits limits) : limits_(limits) { renew(); }

  void renew() {
    message_.emplace(*this);
    message_->eager(true);
    message_->header_limit(static_cast<std::uint32_t>(limits_.head));
    message_->body_limit(limits_.body);
    request_ = {};
    consumed_of_head_ = 0;
    error_status_ = 0;
    hosts_ = 0;
    header_done_ = expects_continue_ = is_http_10_ = false;
    state_ = State::idle;
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t skipped = 0;
    // RFC 9112, 2.2: empty lines before a request are ignored.
    while (state_ == State::idle && bytes.starts_with("\r\n")) {
      bytes.remove_prefix(2);
      skipped += 2;
    }
    if (bytes.empty() || (state_ == State::idle && bytes == "\r")) return skipped;
    if (state_ == State::complete || state_ == State::failed) return skipped;
    error_code error;
    const std::size_t used = message_->put({bytes.data(), bytes.size()}, error);
    if (error && error != beast::http::error::need_more) {
      fail(status_of(error));
    } else if (message_->is_done()) {
      state_ = State::complete;
    } else {
      wait_for_more(used, bytes.size() - used);
    }
    return skipped + used;
  }

  Request take() {
    Request request = std::move(request_);
    renew();
    return request;
  }

  [[nodiscard]] bool keep_alive() const { return message_->keep_alive(); }

  State state_ = State::idle;
  int error_status_ = 0;
  bool expects_continue_ = false;
  bool is_http_10_ = false;

 private:
  class Message final : public beast::http::basic_parser<true> {
   public:
    explicit Message(Impl& owner) : owner_(owner) {}

   private:
    void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                         error_code& error) override {
      owner_.is_http_10_ = version == 10;
      owner_.read_request_line(view(method), view(target), error);
    }
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field name, string_view text, string_view value, error_code& error) override {
      if (!owner_.header_done_) owner_.read_field(name, view(text), view(value), error);
    }
    void on_header_impl(error_code& error) override { owner_.end_head(error); }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
      if (length)
        owner_.request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, kReserveAtMost)));
    }
    std::size_t on_body_impl(string_view body, error_code&) override {
      owner_.request_.body.append(body.data(), body.size());
      return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
      return on_body_impl(body, error);
    }
    void on_finish_impl(error_code&) override {}

    Impl& owner_;
  };

  void fail(int status) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    error_status_ = status;
  }

  void refuse(int status, error_code& error) {
    fail(status);
    error = beast::http::error::bad_field;
  }

  void wait_for_more(std::size_t used, std::size_t left) {
    state_ = header_done_ ? State::body : State::head;
    if (!header_done_) consumed_of_head_ += used;
    // Beast bounds neither a head that arrives field by field nor the line of a chunk.
    if ((header_done_ ? 0 : consumed_of_head_) + left >= limits_.head) fail(header_done_ ? 400 : 431);
  }

  void read_request_line(std::string_view method, std::string_view target, error_code& error) {
    if (!std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; }))
      return refuse(501, error);
    request_.method = method;
    if (!target.starts_with('/') && !target.starts_with('*')) {
      // RFC 9112, 3.2.2: servers accept the absolute form.
      const std::size_t scheme_end = target.find("://");
      if (scheme_end == std::string_view::npos) return refuse(400, error);
      target.remove_prefix(scheme_end + 3);
      target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    }
    if (target.find('#') != std::string_view::npos) return refuse(400, error);
    const std::size_t question = std::min(target.find('?'), target.size());
    request_.path = question == 0 ? std::string_view("/") : target.substr(0, question);
    if (question < target.size()) request_.raw_query = target.substr(question + 1);
    request_.headers.reserve(8);
  }

  void read_field(field name, std::string_view text, std::string_view value, error_code& error) {
    if (name == field::host) {
      ++hosts_;
    } else if (name == field::transfer_encoding) {
      // Any other coding would reach the handler undecoded, and HTTP/1.0 has none (RFC 9112, 6.1).
      if (is_http_10_) return refuse(400, error);
      if (!base::equal_without_case(value, "chunked")) return refuse(501, error);
    } else if (name == field::expect) {
      if (!base::equal_without_case(value, "100-continue")) return refuse(417, error);
      expects_continue_ = !is_http_10_;
    }
    request_.headers.add(std::string(text), std::string(value));
  }

  void end_head(error_code& error) {
    header_done_ = true;
    // RFC 9112, 3.2: exactly one Host, but for HTTP/1.0.
    if (hosts_ > 1 || (hosts_ == 0 && !is_http_10_)) refuse(400, error);
  }

  Limits limits_;
  std::optional<Message> message_;
  Request request_;
  std::size_t consumed_of_head_ = 0;
  unsigned hosts_ = 0;
  bool header_done_ = false;
};

RequestParser::RequestParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
std::size_t RequestParser::feed(std::string_view bytes) { return impl_->feed(bytes); }
RequestParser::State RequestParser::state() const { return impl_->state_; }
int RequestParser::error_status() const { return impl_->error_status_; }
bool RequestParser::expects_continue() const { return impl_->state_ == State::body && impl_->expects_continue_; }
bool RequestParser::keep_alive() const { return impl_->keep_alive(); }
bool RequestParser::is_http_10() const { return impl_->is_http_10_; }
Request RequestParser::take() { return impl_->take(); }

}  // namespace threeport::http
