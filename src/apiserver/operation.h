// What a route takes and answers, for the API's documentation: an operation object of OpenAPI 3.1. Said where the route
// is added:
//
//   router.add("GET", "/v0/things/{}/parts", "The parts of a thing", handler)
//       .in_group("Thing")
//       .query("size", "At most so many.", integer_schema())
//       .answers(200, enveloped(schema_reference("Part")))
//       .fails({404});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace threeport::apiserver {

// Schemas (JSON Schema 2020-12) for parameters and bodies.
json::Value integer_schema(std::int64_t least, std::int64_t most);
json::Value integer_schema();
json::Value text_schema();
json::Value boolean_schema();
/// Of a path's {id}.
json::Value id_schema();
json::Value array_schema(json::Value items);
/// An object with these members and no other.
json::Value closed_schema(json::Object properties, std::initializer_list<std::string_view> required = {});
/// "#/components/schemas/<name>": the name of a kind, or one that openapi.cpp adds.
json::Value schema_reference(std::string_view name);
/// The envelope with such objects in Data.
json::Value enveloped(json::Value items);

/// Without a word about it a route is documented by its summary, the parameters of its path, and any answer.
class Operation {
 public:
  explicit Operation(std::string summary) : summary_(std::move(summary)) {}

  /// What it is listed with: the name of a kind, or a word.
  Operation& in_group(std::string_view group);
  /// The operationId, unique among all.
  Operation& named(std::string_view id);
  /// The next {} of the pattern; those that are not described are ids.
  Operation& path(std::string_view name, std::string_view doc, json::Value schema);
  Operation& query(std::string_view name, std::string_view doc, json::Value schema);
  Operation& header(std::string_view name, std::string_view doc, json::Value schema);
  Operation& takes(json::Value schema, std::string_view type = "application/json");
  /// As takes, where the body may be left out.
  Operation& may_take(json::Value schema, std::string_view type = "application/json");
  /// An answer. Called again with another type it adds a form of the same answer; a null schema says: no body.
  Operation& answers(int status, json::Value schema, std::string_view type = "application/json");
  /// A header of the answer that was described last.
  Operation& sends(std::string_view name, std::string_view doc, json::Value schema);
  /// Failures in the envelope.
  Operation& fails(std::initializer_list<int> statuses);

  [[nodiscard]] const std::string& summary() const { return summary_; }
  /// The names of the pattern's parameters, in order.
  [[nodiscard]] std::vector<std::string> path_names(std::string_view pattern) const;
  [[nodiscard]] json::Value to_json(std::string_view pattern) const;

 private:
  Operation& body(json::Value schema, std::string_view type, bool required);

  std::string summary_, group_, id_;
  json::Array path_, parameters_;
  json::Object body_, answers_;
};

}  // namespace threeport::apiserver
