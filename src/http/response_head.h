// The status line and header fields of an answer as text.
#pragma once

#include <cstdint>
#include <string>

#include "http/message.h"

namespace threeport::http {

enum class BodyFraming : std::uint8_t {
  length,    ///< Content-Length of `body`
  chunked,   ///< Transfer-Encoding: chunked
  until_end  ///< ended by the end of the connection (HTTP/1.0 streams)
};

/// Appends the head. Content-Length, Transfer-Encoding, Connection, Date and Server of `response` are replaced by the
/// server's own (an empty answer to HEAD keeps its Content-Length); line breaks in values become spaces and fields
/// whose name is not a token are left out, so that no value can forge a field.
void append_response_head(std::string& out, const Response& response, BodyFraming framing, bool close, bool is_head);

/// 1xx, 204 and 304 have no body (RFC 9110, 6.4.1).
bool status_allows_body(int status);

/// True where the fields name `close` as a connection option.
bool asks_to_close(const Headers& headers);

}  // namespace threeport::http
