// The events of a watch out of the bytes of its stream: one JSON object a line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::providers::kubernetes::live {

class WatchStream {
 public:
  WatchStream(std::string subject, std::function<bool(WatchEvent)> on_event)
      : subject_(std::move(subject)), on_event_(std::move(on_event)) {}

  /// Takes bytes as they come; false once the watch is to end (the callback said so, or an error came).
  bool feed(std::string_view bytes);
  /// What the server said, or a line that is not an event.
  [[nodiscard]] std::optional<base::Error> take_error() { return std::exchange(error_, std::nullopt); }

 private:
  bool handle(std::string_view line);

  std::string subject_;
  std::function<bool(WatchEvent)> on_event_;
  std::string rest_;
  std::optional<base::Error> error_;
};

}  // namespace threeport::providers::kubernetes::live
