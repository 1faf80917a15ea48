// What to do about a cause.
#pragma once

#include <string>
#include <string_view>

namespace threeport::controllers::explain {

/// A sentence without a full stop, for the reason of a condition (shapes A.2) of an object of `kind` (Pod and Object:
/// on a cluster). Where the same reason has several causes, the message tells them apart.
std::string fix_of(std::string_view kind, std::string_view reason, std::string_view message);

}  // namespace threeport::controllers::explain
