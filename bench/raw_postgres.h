// The baseline of PostgreSQL: the rows that a request costs, read and written without a control plane. Prepared
// statements on kConnections connections, one round trip a request, driven by the same loop as the HTTP requests.
#pragma once

#include <cstdint>
#include <string>

#include "bench/load.h"

namespace threeport::bench {

/// Read any object by its id. `url` leads to the tables of a threeportd, whose ids are 1 to `objects`.
Peers raw_readers(const std::string& url, std::int64_t objects);

/// Create an object in one transaction: its row, an index entry, the change, and the head of the change log. That is a
/// row a connection here: a common one would make each transaction wait until the one before is on the disk.
/// They go to copies of the tables of a threeportd, indexes and rows included.
Peers raw_creators(const std::string& url);

/// Makes an empty schema of that name: the URL that leads to it.
std::string fresh_schema(const std::string& url, const std::string& name);
void drop_schema(const std::string& url, const std::string& name);

}  // namespace threeport::bench
