// Documents (shapes A.8) on their way to writes: which objects they declare, with references by id.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apiserver/declared_lists.h"
#include "apiserver/objects.h"

namespace threeport::apiserver {

/// Checks of a declared object that admission leaves to the controller, such as whether its manifests are Kubernetes
/// objects. Error `invalid` with a message for the user.
using DocumentCheck = std::function<base::Result<void>(const json::Value& members)>;
using DocumentChecks = std::map<std::string, DocumentCheck, std::less<>>;

/// An object that a document declares.
struct DraftItem {
  const KindDescriptor* kind = nullptr;
  std::string where;     ///< "document 2 (Workload)"
  json::Object members;  ///< spec members, references by id
  ObjectId id = 0;
  std::optional<Object> before;   ///< the object of that name, if there is one
  std::vector<ListChange> lists;  ///< nested lists that differ from those of `before`

  [[nodiscard]] std::string name() const;
};

/// What is asked for.
struct DraftRequest {
  const json::Array& documents;
  std::string environment = {};  ///< name of the one that workloads go to which name none themselves; "": none
  bool discard_data = false;     ///< of dependencies that have to be replaced
};

/// What a set of documents declares, compared with what is there.
class Draft {
 public:
  /// Reads the documents and the objects that they name. What is new gets an id, from `new_ids` as long as they last.
  /// Errors: `invalid` names the document, the member and the fix; `blocked`: an object is being deleted.
  static base::Result<Draft> make(Objects& objects, const DocumentChecks& checks, const DraftRequest& request,
                                  const std::vector<ObjectId>& new_ids = {});
  /// Marks workload instances in an environment: the definition as it is after the writes is asked for there. `after`:
  /// the objects after writes(), in the order of the items.
  void ask_for(const std::vector<Object>& after);

  [[nodiscard]] const std::vector<DraftItem>& items() const { return items_; }
  /// One write for each item, then those of nested lists; each on condition that its object has not changed since.
  [[nodiscard]] std::vector<Write> writes() const;

 private:
  explicit Draft(Objects& objects) : objects_(&objects) {}
  base::Result<void> read_document(const json::Value& document, std::size_t number);
  base::Result<void> split(std::string_view key, const json::Value& members, const std::string& where);
  base::Result<void> add_score(const json::Value& text, const std::string& where);
  base::Result<void> add_item(const KindDescriptor& kind, json::Object members, const std::string& where);
  base::Result<void> find_objects(const std::vector<ObjectId>& new_ids);
  base::Result<void> compare(DraftItem& item, const DocumentChecks& checks);
  base::Result<void> resolve(DraftItem& item);
  base::Result<void> default_runtime(DraftItem& item);
  [[nodiscard]] const DraftItem* find(std::string_view kind, std::string_view name) const;

  Objects* objects_;
  std::string environment_;
  bool discard_data_ = false;
  std::vector<DraftItem> items_;
};

}  // namespace threeport::apiserver
