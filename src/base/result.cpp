#include "base/result.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace threeport::base {
namespace {

struct KindRow {
  ErrorKind kind;
  std::string_view name;
  int status;
  int exit_code;
};

constexpr std::array kKinds{
    KindRow{ErrorKind::invalid, "invalid", 400, 2},           KindRow{ErrorKind::not_found, "not_found", 404, 3},
    KindRow{ErrorKind::conflict, "conflict", 409, 4},         KindRow{ErrorKind::denied, "denied", 403, 5},
    KindRow{ErrorKind::blocked, "blocked", 409, 6},           KindRow{ErrorKind::unavailable, "unavailable", 503, 7},
    KindRow{ErrorKind::precondition, "precondition", 412, 4}, KindRow{ErrorKind::expired, "expired", 410, 4},
    KindRow{ErrorKind::canceled, "canceled", 503, 130},       KindRow{ErrorKind::internal, "internal", 500, 1},
};

const KindRow& row_of(ErrorKind kind) {
  const KindRow& row = kKinds[static_cast<std::size_t>(kind)];
  TP_ASSERT(row.kind == kind);
  return row;
}

}  // namespace

std::string_view to_string(ErrorKind kind) { return row_of(kind).name; }
int http_status(ErrorKind kind) { return row_of(kind).status; }
int exit_code(ErrorKind kind) { return row_of(kind).exit_code; }

ErrorKind error_kind_of_http_status(int status) {
  switch (status) {
    case 401:
    case 403: return ErrorKind::denied;
    case 404: return ErrorKind::not_found;
    case 409: return ErrorKind::conflict;
    case 410: return ErrorKind::expired;
    case 412: return ErrorKind::precondition;
    case 408:
    case 429: return ErrorKind::unavailable;
    default: return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid;
  }
}

Error Error::with_context(std::string_view context) && {
  message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

namespace detail {

void fail_assertion(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "bug: %s is false at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace threeport::base
