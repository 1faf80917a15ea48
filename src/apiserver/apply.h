// POST /v0/apply (shapes A.7, A.8): documents become creations and updates in one write set, all or nothing.
#pragma once

#include "apiserver/router.h"

namespace threeport::apiserver {

/// Checks of an applied object that admission leaves to the controller, such as whether its manifests are Kubernetes
/// objects. Error `invalid` with a message for the user.
using DocumentCheck = std::function<base::Result<void>(const json::Value& members)>;

class Apply {
 public:
  explicit Apply(Objects& objects) : objects_(objects) {}
  /// Before use only.
  void add_check(std::string_view kind, DocumentCheck check) { checks_.emplace(kind, std::move(check)); }
  void add_routes(Router& router);
  /// The Plan of A.7 with `Applied: true`. Errors: `invalid` names the document and the member.
  base::Result<json::Value> apply(const json::Value& body, const WriteContext& context);

 private:
  struct Item;
  struct Draft;
  base::Result<void> read_document(const json::Value& document, std::size_t number, Draft& draft);
  base::Result<void> split(std::string_view key, const json::Value& members, Draft& draft, const std::string& where);
  base::Result<void> add_item(const KindDescriptor& kind, json::Object members, Draft& draft, const std::string& where);
  base::Result<void> resolve(Item& item, const Draft& draft);
  /// The answer: what became of each item.
  base::Result<json::Value> made_plan(const Draft& draft, const std::vector<Object>& written);
  base::Result<void> default_runtime(Item& item, const Draft& draft);

  Objects& objects_;
  std::map<std::string, DocumentCheck, std::less<>> checks_;
};

}  // namespace threeport::apiserver
