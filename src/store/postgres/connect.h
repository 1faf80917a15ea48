// Connecting, and what is wrong where it fails.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "base/result.h"

namespace threeport::store::postgres {

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, FinishConnection>;

/// A connection, in blocking mode. Errors: `invalid` (the URL; no such database), `denied` (password, role),
/// `unavailable` (no answer in time, too many connections). Messages name host, port, database and user, never the
/// password.
base::Result<Connection> connect(const std::string& url);

/// What a failed statement means, by its SQLSTATE (PostgreSQL manual, appendix A).
base::Error statement_error(std::string_view sqlstate, std::string words);

}  // namespace threeport::store::postgres
