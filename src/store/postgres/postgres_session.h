// A connection to PostgreSQL, in pipeline mode (PostgreSQL manual 34.5).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "base/result.h"
#include "store/database.h"
#include "store/input_relation.h"
#include "store/postgres/binary.h"
#include "store/postgres/connect.h"

namespace threeport::store::postgres {

class PostgresSession final : public Session {
 public:
  /// Errors: of postgres::connect.
  static base::Result<std::unique_ptr<PostgresSession>> connect(const std::string& url);

  base::Result<void> run(std::span<const Step> steps) override;
  using Session::run;
  [[nodiscard]] bool is_broken() const override { return broken_; }
  base::Result<base::TimePoint> now() override;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Answer = std::unique_ptr<PGresult, Clear>;
  struct Prepared {
    std::string name;
    std::vector<InputRelation::Column> input;  ///< empty: the parameters are scalars
    bool is_prepared = false;                  ///< the server has it
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  /// A command whose answer is awaited: a step, or the preparation of its statement.
  struct Sent {
    const Step* step;
    Prepared* preparation;  ///< null: the step itself
  };

  explicit PostgresSession(Connection connection) : connection_(std::move(connection)) {}
  /// Errors: `unavailable`, and the session is broken.
  base::Result<std::vector<Sent>> send(std::span<const Step> steps);
  Prepared& find_or_add(std::string_view sql);
  /// The answers of `sent`, in order; the first error among them.
  base::Result<std::vector<Answer>> receive(const std::vector<Sent>& sent);
  base::Error error_of(const PGresult* answer);
  base::Error lost();

  Connection connection_;
  std::unordered_map<std::string, Prepared, Hash, std::equal_to<>> prepared_;
  bool broken_ = false;
};

}  // namespace threeport::store::postgres
