// The answer shapes of the v0 API (v0-behaviour 1.1): the envelope of every handler, and the bare message outside
// handlers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace threeport::apiserver {

struct PageInfo {
  std::int64_t page = 1, size = 1, total = 1;
};

/// `data` is the JSON text of the array in Data.
http::Response success(std::string_view type, std::string_view data, PageInfo page = {}, int status = 200);
/// Failure envelope with the status of the error's kind; adds Status.reason (for programs, such as DiskFull; in a 503
/// only) and Retry-After where the error has them.
http::Response failure(std::string_view type, const base::Error& error);
/// `data` beside the error, for answers that carry both (a refused edit with its plan).
http::Response failure(std::string_view type, int status, std::string_view error, std::string_view data = "null");
/// `{"message":"Not Found"}`: for what no handler answers.
http::Response bare(int status);
http::Response json_text(std::string body, int status = 200);
/// Indents the body by two spaces (`?pretty`).
void make_pretty(http::Response& response);

}  // namespace threeport::apiserver
