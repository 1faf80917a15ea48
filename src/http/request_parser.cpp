#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "http/ascii.h"

namespace threeport::http {
namespace {

/// Up to this size the body's memory is taken at once; more only as bytes arrive.
constexpr std::size_t kReserveAtMost = 256u << 10;

using CharacterSet = std::array<bool, 256>;

/// RFC 9110, 5.6.2.
constexpr CharacterSet kToken = [] {
  CharacterSet set{};
  for (unsigned c = '0'; c <= '9'; ++c) set[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) set[c] = set[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) set[static_cast<unsigned char>(c)] = true;
  return set;
}();

/// RFC 9110, 5.5: visible characters, spaces, tabs and everything above ASCII.
constexpr CharacterSet kFieldValue = [] {
  CharacterSet set{};
  for (unsigned c = ' '; c < 256; ++c) set[c] = c != 0x7f;
  set['\t'] = true;
  return set;
}();

/// Of a request's target; above ASCII as well, as some clients send it.
constexpr CharacterSet kTarget = [] {
  CharacterSet set = kFieldValue;
  set['\t'] = set[' '] = set['#'] = false;
  return set;
}();

bool all_in(const CharacterSet& set, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

bool is_token(std::string_view text) { return !text.empty() && all_in(kToken, text); }

/// All of `text` as a number; nullopt also where it is empty, signed or too large.
std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  // RFC 9112, 2.2: empty lines before a request are ignored.
  while (state_ == State::idle && bytes.substr(used).starts_with("\r\n")) used += 2;
  if (state_ == State::idle && used < bytes.size() && bytes.substr(used) != "\r") state_ = State::head;
  while (state_ == State::head || state_ == State::body) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t taken = is_in_data() ? take_data(rest) : take_line(rest);
    if (taken == 0) break;
    used += taken;
  }
  return used;
}

Request RequestParser::take() {
  Request request = std::move(request_);
  *this = RequestParser(limits_);
  return request;
}

void RequestParser::fail(int status) {
  if (state_ == State::failed) return;
  state_ = State::failed;
  error_status_ = status;
}

std::size_t RequestParser::take_data(std::string_view bytes) {
  const std::size_t taken = std::min(bytes.size(), data_left_);
  request_.body.append(bytes.substr(0, taken));
  data_left_ -= taken;
  if (data_left_ == 0 && step_ == Step::data) state_ = State::complete;
  if (data_left_ == 0 && step_ == Step::chunk_data) step_ = Step::chunk_end;
  return taken;
}

std::size_t RequestParser::take_line(std::string_view bytes) {
  if (is_hopeless(bytes)) {
    fail(400);
    return 0;
  }
  const std::size_t end = bytes.find('\n', std::min(searched_, bytes.size()));
  if (end == std::string_view::npos) {
    wait_for_line(bytes);
    return 0;
  }
  searched_ = 0;
  const std::size_t size = end + 1;
  const bool counts_together = step_ != Step::chunk_size && step_ != Step::chunk_end;
  lines_size_ = (counts_together ? lines_size_ : 0) + size;
  if (lines_size_ > limits_.head) {
    fail(state_ == State::head ? 431 : 400);
  } else if (end == 0 || bytes[end - 1] != '\r') {
    fail(400);
  } else {
    read_line(bytes.substr(0, end - 1));
  }
  return size;
}

void RequestParser::wait_for_line(std::string_view partial) {
  searched_ = partial.size();
  if (lines_size_ + partial.size() >= limits_.head) fail(state_ == State::head ? 431 : 400);
}

// What cannot become a request is refused before its line ends, which may never come.
bool RequestParser::is_hopeless(std::string_view partial) const {
  if (partial.empty()) return false;
  if (step_ == Step::chunk_end) return partial.front() != '\r';
  return step_ == Step::request_line && !kToken[static_cast<unsigned char>(partial.front())];
}

void RequestParser::read_line(std::string_view line) {
  switch (step_) {
    case Step::request_line: return read_request_line(line);
    case Step::fields: return line.empty() ? end_head() : read_field(line);
    case Step::chunk_size: return read_chunk_size(line);
    case Step::chunk_end:
      step_ = Step::chunk_size;
      lines_size_ = 0;
      return line.empty() ? void() : fail(400);
    case Step::trailers:
      if (!line.empty()) return read_field(line);
      state_ = State::complete;
      return;
    case Step::data:
    case Step::chunk_data: return;
  }
}

void RequestParser::read_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return fail(400);
  const std::string_view method = line.substr(0, first);
  if (!is_token(method)) return fail(400);
  if (!std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; }))
    return fail(501);
  request_.method = method;
  read_version(line.substr(second + 1));
  if (state_ != State::failed) read_target(line.substr(first + 1, second - first - 1));
  step_ = Step::fields;
}

void RequestParser::read_version(std::string_view version) {
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                          version[6] == '.' && is_digit(version[7]);
  if (!is_version) return fail(400);
  if (version[5] != '1') return fail(505);
  is_http_10_ = version[7] == '0';
}

void RequestParser::read_target(std::string_view target) {
  if (target.empty() || !all_in(kTarget, target)) return fail(400);
  if (target.front() != '/' && target != "*") {
    // RFC 9112, 3.2.2: servers accept the absolute form.
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos || scheme_end == 0) return fail(400);
    target.remove_prefix(scheme_end + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.path = question == 0 ? std::string_view("/") : target.substr(0, question);
  if (question < target.size()) request_.raw_query = target.substr(question + 1);
  request_.headers.reserve(8);
}

void RequestParser::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(400);
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  // A folded line begins with a space, which is no token either (RFC 9112, 5.1 and 5.2).
  if (!is_token(name) || !all_in(kFieldValue, value)) return fail(400);
  if (step_ == Step::trailers) return;
  read_known_field(name, value);
  request_.headers.add(std::string(name), std::string(value));
}

void RequestParser::read_known_field(std::string_view name, std::string_view value) {
  const auto is = [&](std::string_view known) { return base::equal_without_case(name, known); };
  switch (name.size()) {
    case 4:
      // RFC 9112, 3.2: exactly one Host.
      if (is("host") && std::exchange(has_host_, true)) fail(400);
      return;
    case 6:
      if (!is("expect")) return;
      if (!base::equal_without_case(value, "100-continue")) return fail(417);
      expects_continue_ = !is_http_10_;
      return;
    case 10:
      if (is("connection")) read_connection(value);
      return;
    case 14:
      if (is("content-length")) read_content_length(value);
      return;
    case 17:
      if (is("transfer-encoding")) read_transfer_encoding(value);
      return;
    default: return;
  }
}

void RequestParser::read_connection(std::string_view options) {
  while (!options.empty()) {
    const std::size_t comma = std::min(options.find(','), options.size());
    const std::string_view option = trim(options.substr(0, comma));
    says_close_ = says_close_ || base::equal_without_case(option, "close");
    says_keep_alive_ = says_keep_alive_ || base::equal_without_case(option, "keep-alive");
    options.remove_prefix(std::min(comma + 1, options.size()));
  }
}

void RequestParser::read_content_length(std::string_view value) {
  const bool is_repeated = content_length_.has_value();
  content_length_ = number(value, 10);
  if (is_repeated || !content_length_) fail(400);
}

void RequestParser::read_transfer_encoding(std::string_view value) {
  // Any other coding would reach the handler undecoded, and HTTP/1.0 has none (RFC 9112, 6.1).
  if (is_http_10_ || std::exchange(is_chunked_, true)) return fail(400);
  if (!base::equal_without_case(value, "chunked")) fail(501);
}

void RequestParser::end_head() {
  if (!has_host_ && !is_http_10_) return fail(400);
  // RFC 9112, 6.1: both together smell of request smuggling.
  if (is_chunked_ && content_length_) return fail(400);
  state_ = State::body;
  lines_size_ = 0;
  if (is_chunked_) {
    step_ = Step::chunk_size;
    return;
  }
  data_left_ = content_length_.value_or(0);
  if (data_left_ > limits_.body) return fail(413);
  request_.body.reserve(std::min(data_left_, kReserveAtMost));
  step_ = Step::data;
  if (data_left_ == 0) state_ = State::complete;
}

void RequestParser::read_chunk_size(std::string_view line) {
  const std::size_t semicolon = std::min(line.find(';'), line.size());
  std::string_view digits = line.substr(0, semicolon);
  if (semicolon < line.size()) digits = trim(digits);
  const auto size = number(digits, 16);
  if (!size || !all_in(kFieldValue, line.substr(semicolon))) return fail(400);
  if (*size > limits_.body - request_.body.size()) return fail(413);
  lines_size_ = 0;
  data_left_ = *size;
  step_ = *size == 0 ? Step::trailers : Step::chunk_data;
}

}  // namespace threeport::http
