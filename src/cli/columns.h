// Objects as rows: which columns a kind has follows from its table.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/session.h"

namespace threeport::cli {

/// The columns of one kind, Name first, its definition next, Status and AGE last.
class Columns {
 public:
  /// Wide adds ID, generation and the Ready condition. `except`: a reference that has a column of its own elsewhere.
  Columns(const KindDescriptor& kind, Format format, std::string_view except = "");

  [[nodiscard]] std::vector<std::string> heads() const;
  /// The cells of one row in the same order.
  [[nodiscard]] base::Result<std::vector<std::string>> cells(const client::Object& object, ReferenceNames& names,
                                                             base::TimePoint now) const;
  [[nodiscard]] const std::vector<const schema::FieldDescriptor*>& fields() const { return fields_; }
  /// Whether the first column is the Name.
  [[nodiscard]] bool has_name() const { return !fields_.empty() && fields_.front()->name == "Name"; }

 private:
  std::vector<const schema::FieldDescriptor*> fields_;
  bool is_wide_;
  bool has_id_;
  bool has_conditions_;
};

/// "WORKLOAD DEFINITION" for WorkloadDefinitionID.
std::string head_of(const schema::FieldDescriptor& field);

}  // namespace threeport::cli
