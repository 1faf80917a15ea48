// Server-sent events: the `text/event-stream` format of WHATWG HTML, section 9.2.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::http {

inline constexpr std::string_view kEventStreamType = "text/event-stream";

struct StreamEvent {
  std::string id = {};            ///< the last event id so far; stays until another one comes
  std::string event = "message";  ///< the event's type
  std::string data = {};          ///< lines joined with \n
  bool operator==(const StreamEvent&) const = default;
};

/// One event as text, ended by its blank line. An empty `id` or `event` (or one with a line break, which the format
/// cannot carry) is left out; line breaks in `data` (\n, \r\n, \r) arrive as \n.
std::string format_event(std::string_view id, std::string_view event, std::string_view data);
/// A comment, which parsers skip: keeps idle connections alive.
std::string format_comment(std::string_view text);

/// Incremental parser: any split of the bytes gives the same events. Not thread-safe.
class EventParser {
 public:
  /// `max_event_bytes` bounds what one event may take before its blank line.
  explicit EventParser(std::size_t max_event_bytes = 64u << 20) : max_event_bytes_(max_event_bytes) {}
  /// The events completed by this chunk, in order. Error `invalid`, reason "EventTooLarge"; the parser is then useless.
  base::Result<std::vector<StreamEvent>> feed(std::string_view chunk);
  /// The id to send as `Last-Event-ID` when the stream is resumed.
  [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }
  /// The server's wish for the delay before reconnecting, if it has sent one.
  [[nodiscard]] std::optional<base::Millis> retry() const { return retry_; }

 private:
  void end_line(std::vector<StreamEvent>& events);
  void read_field(std::string_view name, std::string_view value);

  std::size_t max_event_bytes_;
  std::string line_;
  std::string data_;
  std::string event_;
  std::string last_event_id_;
  std::optional<base::Millis> retry_;
  bool has_data_ = false;
  bool skip_line_feed_ = false;  ///< the last byte was \r: a \n right after it belongs to it
  bool first_line_ = true;       ///< may start with a byte order mark
};

}  // namespace threeport::http
