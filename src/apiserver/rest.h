// The routes of every kind, derived from its descriptor: POST, GET, list, PATCH, PUT, DELETE, versions, watch, wait.
#pragma once

#include "apiserver/router.h"
#include "apiserver/watch_hub.h"

namespace threeport::apiserver {

/// Lists what an abandoned deletion leaves behind in the outside world, as text forms of A.1.
using LeftBehind = std::function<base::Result<std::vector<std::string>>(const Object& object)>;

class Rest {
 public:
  Rest(Objects& objects, WatchHub& hub) : objects_(objects), hub_(hub) {}
  /// Judges PATCH and PUT of a kind before they are carried out; a response is the answer instead. Before add_routes.
  using ChangeGuard =
      std::function<std::optional<http::Response>(const Object& before, const Write& write, Call& call)>;
  void on_change(std::string_view kind, ChangeGuard guard) { change_guards_.emplace(kind, std::move(guard)); }
  /// Judges DELETE. Before add_routes.
  using RemovalGuard = std::function<base::Result<void>(const Object& object, const http::Query& query)>;
  void on_remove(std::string_view kind, RemovalGuard guard) { removal_guards_.emplace(kind, std::move(guard)); }
  /// Before add_routes.
  void on_abandon(std::string_view kind, LeftBehind list) { left_behind_.emplace(kind, std::move(list)); }
  /// This object must outlive the router.
  void add_routes(Router& router);

 private:
  void add_kind(Router& router, const KindDescriptor& kind);
  void post(const KindDescriptor& kind, const Call& call, Reply reply);
  http::Response get(const KindDescriptor& kind, Call& call);
  http::Response list(const KindDescriptor& kind, Call& call);
  http::Response change(const KindDescriptor& kind, Call& call, Write::Op op);
  http::Response remove(const KindDescriptor& kind, Call& call);
  void get_or_stream(const KindDescriptor& kind, Call call, Reply reply);
  void list_or_stream(const KindDescriptor& kind, Call call, Reply reply);
  void watch_all(Call call, Reply reply);
  void start_watch(Call& call, WatchRequest request, Reply reply, std::string_view type);

  Objects& objects_;
  WatchHub& hub_;
  std::map<std::string, LeftBehind, std::less<>> left_behind_;
  std::map<std::string, ChangeGuard, std::less<>> change_guards_;
  std::map<std::string, RemovalGuard, std::less<>> removal_guards_;
};

/// The id in a path. Error `not_found`: not a positive integer below 2^53.
base::Result<ObjectId> parse_id(std::string_view text);
/// Filters, page and size of a list request. Error `invalid`.
base::Result<ListQuery> parse_list_query(const KindDescriptor& kind, const http::Query& query, std::int64_t& page,
                                         std::int64_t& size);
/// The wire form of one object in the envelope, with its ETag.
http::Response one_object(const Objects& objects, const Object& object, int status = 200);

}  // namespace threeport::apiserver
