#include <map>

#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/print_document.h"
#include "cli/wait.h"
#include "http/message.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;
using client::ObjectId;

/// What `get` shows: one object, or a definition with one of its instances.
struct Row {
  Object object;
  Object definition;  ///< combined subjects only; the object is empty where a definition has no instance
};

json::Value to_json(const Subject& subject, const Row& row) {
  if (!subject.is_combined()) return row.object.data;
  json::Object out;
  if (!row.definition.data.is_null()) out.append(std::string(subject.definition->name), row.definition.data);
  if (!row.object.data.is_null()) out.append(std::string(subject.kind->name), row.object.data);
  return out;
}

/// The instance's reference to its definition.
const schema::FieldDescriptor* definition_field(const Subject& subject) {
  for (const schema::FieldDescriptor& field : subject.kind->fields) {
    if (field.references == subject.definition->name && field.type != schema::FieldType::relation) return &field;
  }
  return nullptr;
}

Result<std::vector<Row>> read_combined(client::Api& api, const Subject& subject) {
  const schema::FieldDescriptor* field = definition_field(subject);
  TP_TRY(const auto definitions, api.list(*subject.definition));
  TP_TRY(auto instances, api.list(*subject.kind));
  std::multimap<ObjectId, Object> by_definition;
  for (Object& instance : instances) {
    const ObjectId id = field == nullptr ? 0 : instance.data.at(field->name).as_int().value_or(0);
    by_definition.emplace(id, std::move(instance));
  }
  std::vector<Row> rows;
  for (const Object& definition : definitions) {
    const auto [first, last] = by_definition.equal_range(definition.id());
    for (auto it = first; it != last; ++it) rows.push_back({it->second, definition});
    if (first == last) rows.push_back({{}, definition});
  }
  return rows;
}

/// One object as it was: its declared members.
Result<std::vector<Row>> read_past(Session& session, client::Api& api, const Subject& subject,
                                   const GetOptions& options) {
  if (options.target.name.empty())
    return base::invalid("--at shows one object as it was: tptctl get " + subject.word + " NAME --at " + options.at);
  if (subject.is_combined())
    return base::invalid("--at shows one object as it was: name the kind " + std::string(subject.definition->path) +
                         " or " + std::string(subject.kind->path));
  TP_TRY(const Object object, session.find(subject, options.target));
  http::Query query;
  query.add("at", options.at);
  TP_TRY(client::Answer answer, api.call("GET", "/v0/" + std::string(subject.kind->path) + "/" +
                                                    std::to_string(object.id()) + "?" + query.encode()));
  if (answer.data.empty()) return base::internal("the answer has no object");
  return std::vector<Row>{{Object{std::move(answer.data.front())}, {}}};
}

Result<std::vector<Row>> read_rows(Session& session, client::Api& api, const Subject& subject, const Target& target) {
  if (target.name.empty() && subject.is_combined()) return read_combined(api, subject);
  std::vector<Row> rows;
  if (target.name.empty()) {
    TP_TRY(auto objects, api.list(*subject.kind));
    for (Object& object : objects) rows.push_back({std::move(object), {}});
    return rows;
  }
  TP_TRY(Object object, session.find(subject, target));
  Object definition;
  if (subject.is_combined()) {
    if (const auto* field = definition_field(subject)) {
      TP_TRY(definition, api.get(*subject.definition, object.data.at(field->name).as_int().value_or(0)));
    }
  }
  rows.push_back({std::move(object), std::move(definition)});
  return rows;
}

std::vector<Object> objects_of(const std::vector<Row>& rows) {
  std::vector<Object> out;
  out.reserve(rows.size());
  for (const Row& row : rows) {
    if (!row.object.data.is_null()) out.push_back(row.object);
  }
  return out;
}

/// The head of a column that holds names of a kind.
std::string head_of_kind(const schema::KindDescriptor& kind) {
  schema::FieldDescriptor field{};
  field.name = kind.name;
  return head_of(field);
}

Result<Table> make_table(Session& session, client::Api& api, const Subject& subject, const std::vector<Row>& rows,
                         Format format) {
  const base::TimePoint now = session.environment().clock.now();
  const Columns columns(*subject.kind, format, subject.is_combined() ? subject.definition->name : "");
  Cells from(api, session.registry(), *subject.kind);
  TP_CHECK(from.load(columns.columns(), objects_of(rows)));
  std::vector<std::string> heads = columns.heads();
  if (subject.is_combined()) {
    // As v0 shows combined kinds; workloads have the API version in front.
    heads.front() = head_of_kind(*subject.kind);
    std::vector<std::string> first{"NAME", head_of_kind(*subject.definition)};
    if (subject.name == kWorkload) first.insert(first.begin(), "VERSION");
    heads.insert(heads.begin(), first.begin(), first.end());
  }
  Table table(heads);
  for (const Row& row : rows) {
    std::vector<std::string> cells(columns.heads().size());
    if (!row.object.data.is_null()) {
      TP_TRY(cells, columns.cells(row.object, from, now));
    } else {
      cells.back() = age(row.definition.data.at("CreatedAt").text(), now);
    }
    std::vector<Colour> colours = row.object.data.is_null() ? std::vector<Colour>() : columns.colours(cells);
    if (subject.is_combined()) {
      std::vector<std::string> first{std::string(row.definition.name()), std::string(row.definition.name())};
      if (subject.name == kWorkload) first.insert(first.begin(), "v0");
      cells.insert(cells.begin(), first.begin(), first.end());
      colours.insert(colours.begin(), first.size(), Colour::none);
    }
    table.add(std::move(cells), std::move(colours));
  }
  return table;
}

void print_names(Session& session, const Subject& subject, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const bool is_definition = row.object.data.is_null();
    const Object& object = is_definition ? row.definition : row.object;
    const std::string name = object.name().empty() ? std::to_string(object.id()) : std::string(object.name());
    session.output().line(label(is_definition ? *subject.definition : *subject.kind, name));
  }
}

}  // namespace

Result<int> get(Session& session, const GetOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const auto rows, options.at.empty() ? read_rows(session, *api, subject, options.target)
                                             : read_past(session, *api, subject, options));
  if (options.format == Format::name) {
    print_names(session, subject, rows);
    return 0;
  }
  if (options.format == Format::json || options.format == Format::yaml) {
    json::Value value;
    if (options.target.name.empty()) {
      json::Array array;
      for (const Row& row : rows) array.push_back(to_json(subject, row));
      value = std::move(array);
    } else {
      value = to_json(subject, rows.front());
    }
    print_document(session.output(), value, options.format);
    return 0;
  }
  if (rows.empty()) {
    session.output().info("there are no " + subject.word + "s");
    return 0;
  }
  TP_TRY(const Table table, make_table(session, *api, subject, rows, options.format));
  session.output().table(table);
  return 0;
}

}  // namespace threeport::cli
