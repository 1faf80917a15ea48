#include "http/event_stream.h"

#include <algorithm>
#include <charconv>

#include "http/ascii.h"

namespace threeport::http {
namespace {

constexpr std::string_view kLineBreaks = "\r\n";

/// Appends `name: line` for each line of `text`.
void append_lines(std::string& out, std::string_view name, std::string_view text) {
  for (;;) {
    const std::size_t end = text.find_first_of(kLineBreaks);
    out += name;
    out += ": ";
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

bool fits_one_line(std::string_view text) {
  return !text.empty() && text.find_first_of(kLineBreaks) == std::string_view::npos;
}

}  // namespace

std::string format_event(std::string_view id, std::string_view event, std::string_view data) {
  std::string out;
  out.reserve(id.size() + event.size() + data.size() + 32);
  if (fits_one_line(id) && id.find('\0') == std::string_view::npos) append_lines(out, "id", id);
  if (fits_one_line(event)) append_lines(out, "event", event);
  append_lines(out, "data", data);
  out += '\n';
  return out;
}

std::string format_comment(std::string_view text) {
  std::string out;
  append_lines(out, "", text);
  out += '\n';
  return out;
}

base::Result<std::vector<StreamEvent>> EventParser::feed(std::string_view chunk) {
  std::vector<StreamEvent> events;
  while (!chunk.empty()) {
    if (std::exchange(skip_line_feed_, false) && chunk.front() == '\n') {
      chunk.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(chunk.find_first_of(kLineBreaks), chunk.size());
    if (line_.size() + data_.size() + end > max_event_bytes_) {
      base::Error error = base::invalid("an event of the stream is longer than " + std::to_string(max_event_bytes_) +
                                        " bytes; the sender has to split it");
      error.reason = "EventTooLarge";
      return error;
    }
    line_ += chunk.substr(0, end);
    if (end == chunk.size()) break;
    skip_line_feed_ = chunk[end] == '\r';
    chunk.remove_prefix(end + 1);
    end_line(events);
  }
  return events;
}

void EventParser::end_line(std::vector<StreamEvent>& events) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    if (has_data_) {
      data_.pop_back();  // the line feed after the last line
      events.push_back({.id = last_event_id_,
                        .event = event_.empty() ? std::string("message") : std::move(event_),
                        .data = std::move(data_)});
    }
    data_.clear();
    event_.clear();
    has_data_ = false;
  } else if (line.front() != ':') {
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    read_field(line.substr(0, colon), value);
  }
  line_.clear();
}

void EventParser::read_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_ += value;
    data_ += '\n';
    has_data_ = true;
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) last_event_id_ = value;
  } else if (name == "retry") {
    if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) return;
    long milliseconds = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), milliseconds).ec == std::errc())
      retry_ = base::Millis(milliseconds);
  }
}

}  // namespace threeport::http
