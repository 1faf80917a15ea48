// The baseline of PostgreSQL: the rows that a request costs, read and written without a control plane. Prepared
// statements on kConnections connections, one round trip a request, driven by the same loop as the HTTP requests.
#pragma once

#include <cstdint>
#include <string>

#include "bench/load.h"

namespace threeport::bench {

/// Read any object by its id. `url` leads to the tables of a threeportd, whose ids are 1 to `objects`.
Peers raw_readers(const std::string& url, std::int64_t objects);

/// The head of the change log: one row, as in the store, so that the log is in the order of the commits and each
/// transaction waits until the one before is on the disk; or a row a connection, and no order.
enum class Heads { common, own };
/// Create an object in one transaction: its row, an index entry, the change, and the head of the change log. They go to
/// copies of the tables of a threeportd, indexes and rows included.
Peers raw_creators(const std::string& url, Heads heads);

/// Makes an empty schema of that name: the URL that leads to it.
std::string fresh_schema(const std::string& url, const std::string& name);
void drop_schema(const std::string& url, const std::string& name);

}  // namespace threeport::bench
