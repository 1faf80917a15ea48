// Members that at most one object of a kind has set, such as DefaultAccount.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/documents.h"
#include "client/api.h"

namespace threeport::cli {

/// Error `conflict` where a document sets such a member, and another document or an object that no document changes
/// has it too. Errors of the API.
base::Result<void> check_only_one(client::Api& api, const std::vector<Document>& documents);

}  // namespace threeport::cli
