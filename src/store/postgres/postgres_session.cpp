#include "store/postgres/postgres_session.h"

#include <optional>
#include <utility>

namespace threeport::store::postgres {
namespace {

using base::Result;

/// A statement that does not end, or a replica that goes silent in a transaction, must not hold up the others.
constexpr const char* kLimits =
    "SET statement_timeout = 15000; SET idle_in_transaction_session_timeout = 10000;"
    " SET client_min_messages = warning";
/// All statements are look-ups by index, whatever the statistics of a young table say. Databases that do not know
/// these settings do without.
constexpr const char* kPlannerHints =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
    " SET plan_cache_mode = force_generic_plan";

class PostgresRow final : public RowView {
 public:
  PostgresRow(const PGresult* answer, int row) : answer_(answer), row_(row) {}
  [[nodiscard]] bool is_null(int column) const override { return PQgetisnull(answer_, row_, column) != 0; }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return is_null(column) ? 0 : decode_integer(PQgetvalue(answer_, row_, column));
  }
  [[nodiscard]] std::string_view text(int column) const override {
    return {PQgetvalue(answer_, row_, column), static_cast<std::size_t>(PQgetlength(answer_, row_, column))};
  }

 private:
  const PGresult* answer_;
  int row_;
};

/// `unnest($1::bigint[], $2::text[]) AS input(id, name)`, and SELECT * FROM it in place of VALUES: all rows.
std::string all_rows(const InputRelation& input) {
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < input.columns.size(); ++i) {
    const std::string_view comma = i == 0 ? "" : ", ";
    arrays.append(comma)
        .append("$")
        .append(std::to_string(i + 1))
        .append("::")
        .append(input.columns[i].type)
        .append("[]");
    names.append(comma).append(input.columns[i].name);
  }
  return std::string(input.is_values ? "SELECT * FROM " : "") + "unnest(" + arrays + ") AS input(" + names + ")";
}

}  // namespace

Result<std::unique_ptr<PostgresSession>> PostgresSession::connect(const std::string& url) {
  TP_TRY(auto connection, postgres::connect(url));
  PQclear(PQexec(connection.get(), kPlannerHints));
  const Answer limited(PQexec(connection.get(), kLimits));
  std::unique_ptr<PostgresSession> session(new PostgresSession(std::move(connection)));
  if (PQresultStatus(limited.get()) != PGRES_COMMAND_OK) return session->error_of(limited.get());
  if (PQenterPipelineMode(session->connection_.get()) != 1) return session->lost();
  return session;
}

Result<void> PostgresSession::run(std::span<const Step> steps) {
  if (broken_) return lost();
  TP_TRY(const auto sent, send(steps));
  auto answers = receive(sent);
  if (!answers) {
    const auto state = PQtransactionStatus(connection_.get());
    if (!broken_ && state != PQTRANS_IDLE) (void)run(Step{"ROLLBACK"});
    return std::move(answers).error();
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i].preparation != nullptr || !sent[i].step->on_row) continue;
    const PGresult* answer = (*answers)[i].get();
    for (int row = 0; row < PQntuples(answer); ++row) sent[i].step->on_row(PostgresRow(answer, row));
  }
  return {};
}

PostgresSession::Prepared& PostgresSession::find_or_add(std::string_view sql) {
  if (const auto found = prepared_.find(sql); found != prepared_.end()) return found->second;
  Prepared prepared;
  prepared.name = "s" + std::to_string(prepared_.size());
  if (auto input = find_input_relation(sql)) prepared.input = std::move(input->columns);
  return prepared_.emplace(std::string(sql), std::move(prepared)).first->second;
}

Result<std::vector<PostgresSession::Sent>> PostgresSession::send(std::span<const Step> steps) {
  PGconn* const connection = connection_.get();
  std::vector<Sent> sent;
  for (const auto& step : steps) {
    auto& prepared = find_or_add(step.sql);
    if (!prepared.input.empty() && step.parameters.empty()) continue;
    const auto parameters =
        prepared.input.empty() ? encode_scalars(step.parameters) : encode_columns(step.parameters, prepared.input);
    const int count = static_cast<int>(parameters.size());
    if (!prepared.is_prepared) {
      std::string sql(step.sql);
      if (const auto input = find_input_relation(sql)) sql.replace(input->begin, input->size, all_rows(*input));
      std::vector<Oid> types;
      for (const auto& parameter : parameters) types.push_back(parameter.type);
      if (PQsendPrepare(connection, prepared.name.c_str(), sql.c_str(), count, types.data()) != 1) return lost();
      sent.push_back({&step, &prepared});
    }
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const auto& parameter : parameters) {
      values.push_back(parameter.bytes.data());
      lengths.push_back(static_cast<int>(parameter.bytes.size()));
    }
    const std::vector<int> binary(parameters.size(), 1);
    if (PQsendQueryPrepared(connection, prepared.name.c_str(), count, values.data(), lengths.data(), binary.data(),
                            1) != 1) {
      return lost();
    }
    sent.push_back({&step, nullptr});
  }
  if (PQpipelineSync(connection) != 1) return lost();
  return sent;
}

Result<std::vector<PostgresSession::Answer>> PostgresSession::receive(const std::vector<Sent>& sent) {
  std::vector<Answer> answers;
  std::optional<base::Error> failure;
  for (const auto& command : sent) {
    Answer answer(PQgetResult(connection_.get()));
    if (!answer) return lost();
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (command.preparation != nullptr) command.preparation->is_prepared = true;
    } else if (status != PGRES_PIPELINE_ABORTED && !failure) {
      failure = error_of(answer.get());
    }
    if (broken_) return std::move(*failure);
    answers.push_back(std::move(answer));
    const Answer end(PQgetResult(connection_.get()));  // of this command: always null
  }
  const Answer sync(PQgetResult(connection_.get()));
  if (failure) {
    if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) broken_ = true;
    return std::move(*failure);
  }
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) return sync ? error_of(sync.get()) : lost();
  return answers;
}

base::Error PostgresSession::lost() {
  broken_ = true;
  return statement_error("08006", PQerrorMessage(connection_.get()));
}

base::Error PostgresSession::error_of(const PGresult* answer) {
  const char* sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) return lost();
  const char* severity = PQresultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) != "ERROR") broken_ = true;
  const char* words = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  return statement_error(sqlstate, words == nullptr ? "" : words);
}

Result<base::TimePoint> PostgresSession::now() {
  base::TimePoint now;
  TP_CHECK(run(Step{"SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", {}, [&](const RowView& row) {
                      now = base::TimePoint(std::chrono::microseconds(row.integer(0)));
                    }}));
  return now;
}

}  // namespace threeport::store::postgres
