// Objects as rows: which columns a kind has follows from its table, or from a view of v0.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/session.h"

namespace threeport::cli {

/// One column, and where its cells come from.
struct Column {
  enum class Source {
    member,     ///< of the object
    reference,  ///< a member of the object that `field` refers to
    ports,      ///< the elements of its lists of ports
    status,     ///< its state in one word
    ready,      ///< status of the condition Ready
    reason,     ///< of the condition Ready
    id,
    age,
  };
  std::string head;
  Source source = Source::member;
  const schema::FieldDescriptor* field = nullptr;
  std::string_view member = {};  ///< of the object that is referred to
};

/// Cells of objects of one kind; what several rows need is read once.
class Cells {
 public:
  Cells(client::Api& api, const schema::Registry& registry, const KindDescriptor& kind)
      : api_(api), registry_(registry), kind_(kind), names_(api, registry) {}
  /// Reads what the rows need, at most one list or a few objects a kind.
  base::Result<void> load(const std::vector<Column>& columns, const std::vector<client::Object>& rows);
  base::Result<std::string> cell(const Column& column, const client::Object& object, base::TimePoint now);
  /// The state in one word, as v0's clients show it: Healthy, Reconciling, Unhealthy, Down; besides Deleting,
  /// NoController, and for what is stalled the reason.
  base::Result<std::string> status(const client::Object& object);

 private:
  base::Result<std::string> referred(const Column& column, const client::Object& object);
  base::Result<std::string> ports(const client::Object& object);
  base::Result<std::vector<client::Object>> ports_of(const schema::FieldDescriptor& list, const client::Object& object);
  base::Result<std::string> health_on_cluster(const client::Object& object);

  client::Api& api_;
  const schema::Registry& registry_;
  const KindDescriptor& kind_;
  ReferenceNames names_;
  std::map<client::ObjectId, json::Value> referred_;
  /// Ports by the kind of their list and by the object that they belong to; only where all of them were read.
  std::map<std::string_view, std::multimap<client::ObjectId, client::Object>> ports_;
};

/// The columns of one kind, Name first, its definition next, STATUS and AGE last.
class Columns {
 public:
  /// Wide adds what the view leaves out, the Ready condition, generation and ID. `except`: a reference that has a
  /// column of its own elsewhere.
  Columns(const KindDescriptor& kind, Format format, std::string_view except = "");

  [[nodiscard]] std::vector<std::string> heads() const;
  /// The cells of one row in the same order.
  [[nodiscard]] base::Result<std::vector<std::string>> cells(const client::Object& object, Cells& from,
                                                             base::TimePoint now) const;
  /// Their colours: of the state, by what it says.
  [[nodiscard]] std::vector<Colour> colours(const std::vector<std::string>& cells) const;
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

 private:
  std::vector<Column> columns_;
  bool is_wide_;
};

/// "WORKLOAD DEFINITION" for WorkloadDefinitionID.
std::string head_of(const schema::FieldDescriptor& field);

}  // namespace threeport::cli
