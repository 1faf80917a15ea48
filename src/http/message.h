// HTTP messages as the rest of the project sees them: no Asio, Beast or curl type leaves this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace threeport::http {

/// Header fields in order; names compare without case (RFC 9110, 5.1).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  /// The first value, or "" where the field is absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  void reserve(std::size_t count) { fields_.reserve(count); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decoded query parameters in order. `?a=1&a=2&b`: repeated names stay; a name without `=` has an empty value.
class Query {
 public:
  static Query parse(std::string_view text);
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }
  /// The first value of that name; `without_case` compares names without case.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name, bool without_case = false) const;
  [[nodiscard]] bool contains(std::string_view name) const { return get(name).has_value(); }
  [[nodiscard]] auto begin() const { return values_.begin(); }
  [[nodiscard]] auto end() const { return values_.end(); }
  [[nodiscard]] std::string encode() const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Percent-encodes everything but unreserved characters (RFC 3986, 2.3).
std::string percent_encode(std::string_view text);
/// Decodes %XX (and + as a space where `plus_is_space`); malformed escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

struct Request {
  std::string method = {};  ///< upper case
  std::string path = {};    ///< raw path without query, not decoded
  std::string raw_query = {};
  Headers headers = {};
  std::string body = {};
  std::string remote_address = {};  ///< the peer's IP address, without port
  /// Common name of the peer's certificate, which the server's `client_ca_file` has signed; "" without TLS or
  /// certificate.
  std::string client_certificate_cn = {};
  /// Why the certificate that the peer sent does not count, such as "certificate has expired"; "" where it counts, or
  /// none was sent.
  std::string client_certificate_problem = {};
  [[nodiscard]] Query query() const { return Query::parse(raw_query); }
};

struct Response {
  int status = 200;
  Headers headers = {};  ///< Content-Length, Connection, Date and Server are added by the server
  std::string body = {};
};

/// "Not Found" for 404; "" for unknown codes.
std::string_view reason_phrase(int status);

}  // namespace threeport::http
