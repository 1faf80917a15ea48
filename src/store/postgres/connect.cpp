#include "store/postgres/connect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <utility>
#include <vector>

namespace threeport::store::postgres {
namespace {

using base::Error;
using base::ErrorKind;

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

/// `host:5432/database as user`, for messages.
std::string address_of(PGconn* connection) {
  return text_of(PQhost(connection)) + ":" + text_of(PQport(connection)) + "/" + text_of(PQdb(connection)) + " as " +
         text_of(PQuser(connection));
}

/// libpq has the code of a failed connection only in its verbose text: `FATAL:  28P01: password ...`.
std::string sqlstate_in(std::string_view words) {
  constexpr std::size_t kLength = 5;
  for (auto at = words.find(":  "); at != std::string_view::npos; at = words.find(":  ", at + 1)) {
    const auto code = words.substr(at + 3, kLength);
    const auto is_code = [](char c) {
      return std::isdigit(static_cast<unsigned char>(c)) != 0 || (c >= 'A' && c <= 'Z');
    };
    if (words.substr(at + 3 + kLength, 1) == ":" && std::all_of(code.begin(), code.end(), is_code)) {
      return std::string(code);
    }
  }
  return {};
}

Error connection_error(PGconn* connection) {
  const std::string words = text_of(PQerrorMessage(connection));
  const std::string where = address_of(connection);
  const std::string code = sqlstate_in(words);
  const auto say = [&](ErrorKind kind, const std::string& message) {
    return Error{.kind = kind, .message = message, .detail = words, .reason = {}};
  };
  if (code.starts_with("28") || PQconnectionNeedsPassword(connection) != 0) {
    return say(ErrorKind::denied, "PostgreSQL at " + where + " refuses the login: check user and password in the URL");
  }
  if (code == "3D000") {
    return say(ErrorKind::invalid, "PostgreSQL at " + where + " has no such database: create it, or correct the URL");
  }
  if (code == "42501") {
    return say(ErrorKind::denied, "PostgreSQL at " + where + ": the user may not connect: grant CONNECT");
  }
  if (code.starts_with("53")) {
    return say(ErrorKind::unavailable, "PostgreSQL at " + where + " has no connection left: raise max_connections");
  }
  if (code.starts_with("57P")) {
    return say(ErrorKind::unavailable, "PostgreSQL at " + where + " is starting or shutting down");
  }
  return say(ErrorKind::unavailable,
             "PostgreSQL at " + where + " cannot be reached: check host and port in the URL, and that it runs");
}

}  // namespace

base::Error statement_error(std::string_view sqlstate, std::string words) {
  const auto say = [&](ErrorKind kind, const std::string& message, std::string reason = {}) {
    return Error{.kind = kind, .message = message, .detail = words, .reason = std::move(reason)};
  };
  const auto is_one_of = [&](std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), sqlstate) != codes.end();
  };
  if (is_one_of({"40001", "40P01", "55P03"})) {
    return say(ErrorKind::unavailable, "another transaction of PostgreSQL was in the way", "Retry");
  }
  if (sqlstate == "53100") {
    return say(ErrorKind::unavailable, "the disk of PostgreSQL is full, nothing was changed: make room on it",
               "DiskFull");
  }
  if (sqlstate == "57014") return say(ErrorKind::unavailable, "PostgreSQL took too long to answer");
  if (sqlstate.starts_with("53")) return say(ErrorKind::unavailable, "PostgreSQL is out of resources: " + words);
  if (sqlstate.starts_with("57P") || sqlstate.starts_with("08")) {
    return say(ErrorKind::unavailable, "the connection to PostgreSQL was lost");
  }
  if (sqlstate == "25006") {
    return say(ErrorKind::unavailable, "PostgreSQL is read-only (a standby?): connect to the primary server");
  }
  if (sqlstate == "42P01") return say(ErrorKind::not_found, words);
  if (sqlstate == "42501") {
    return say(ErrorKind::denied, "PostgreSQL denies the user a right that is needed: " + words);
  }
  return say(ErrorKind::internal, "PostgreSQL refused a statement: " + words);
}

base::Result<Connection> connect(const std::string& url) {
  // What the URL says comes later in the list, and wins.
  constexpr std::array<std::pair<const char*, const char*>, 7> kDefaults = {{
      {"connect_timeout", "5"},
      {"keepalives_idle", "10"},  // a server that vanished is noticed after 10 + 3 x 5 s
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"},
      {"fallback_application_name", "threeport"},
      {"client_encoding", "UTF8"},
  }};
  // What the URL says comes later in the list, and wins.
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : kDefaults) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.insert(keywords.end(), {"dbname", nullptr});
  values.insert(values.end(), {url.c_str(), nullptr});
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &problem);
  if (options == nullptr) {
    PQfreemem(problem);  // may quote the password
    return base::invalid(
        "the database URL cannot be read: it must look like postgresql://user:password@host:5432/name, "
        "with special characters percent-encoded");
  }
  PQconninfoFree(options);
  Connection connection(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    // Once more, for an answer with its SQLSTATE.
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    PQreset(connection.get());
    if (PQstatus(connection.get()) != CONNECTION_OK) return connection_error(connection.get());
    PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  }
  return connection;
}

}  // namespace threeport::store::postgres
