#include "providers/kubernetes/live/watch_stream.h"

#include "providers/kubernetes/status_error.h"

namespace threeport::providers::kubernetes::live {

bool WatchStream::feed(std::string_view bytes) {
  for (;;) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      rest_ += bytes;
      return true;
    }
    bool going = true;
    if (rest_.empty()) {
      going = handle(bytes.substr(0, end));
    } else {
      rest_ += bytes.substr(0, end);
      going = handle(rest_);
      rest_.clear();
    }
    if (!going) return false;
    bytes.remove_prefix(end + 1);
  }
}

bool WatchStream::handle(std::string_view line) {
  if (line.empty()) return true;
  auto parsed = base::json::parse(line);
  if (!parsed) {
    error_ = base::unavailable(subject_ + ": a line of the stream is not JSON: " + parsed.error().message);
    error_->reason = std::string(reason::kRuntimeUnreachable);
    return false;
  }
  const std::string_view type = parsed->at("type").text();
  if (type == "ERROR") {
    const base::json::Value& status = parsed->at("object");
    error_ = error_of_status(static_cast<int>(status.at("code").as_int().value_or(500)), status, subject_);
    return false;
  }
  WatchEvent event;
  if (type == "ADDED") {
    event.type = WatchEvent::Type::added;
  } else if (type == "MODIFIED") {
    event.type = WatchEvent::Type::modified;
  } else if (type == "DELETED") {
    event.type = WatchEvent::Type::deleted;
  } else if (type == "BOOKMARK") {
    event.type = WatchEvent::Type::bookmark;
  } else {
    return true;
  }
  event.object = std::move((*parsed)["object"]);
  return on_event_(std::move(event));
}

}  // namespace threeport::providers::kubernetes::live
