#include "apiserver/expiry.h"

#include "base/log.h"

namespace threeport::apiserver {

void sweep_expired(Objects& objects, std::string_view kind) {
  constexpr std::int64_t kAtOnce = 4;
  const KindDescriptor* descriptor = objects.registry().find(kind);
  if (descriptor == nullptr) return;
  ListQuery oldest;
  oldest.limit = kAtOnce;
  const auto rows = objects.list_rows(*descriptor, oldest);
  if (!rows) return base::log::warn("expired objects cannot be listed", {{"kind", kind}, {"error", rows.error()}});
  for (const store::Row& row : rows->rows) {
    const Object object = objects.to_object(row);
    const auto expires = base::parse_time(object.data.at("ExpiresAt").text());
    if (!expires || *expires > objects.clock().now()) continue;
    if (auto removed = remove_expired(objects, object); !removed)
      base::log::warn("an expired object cannot be removed",
                      {{"kind", kind}, {"id", row.id}, {"error", removed.error()}});
  }
}

base::Result<void> remove_expired(Objects& objects, const Object& object) {
  const std::string kind(object.kind->name);
  WriteContext context;
  context.by = "controller:" + kind;
  context.reason = "expired";
  auto gone = objects.write(
      {.op = Write::Op::finalize, .kind = kind, .id = object.id, .body = {}, .version = object.version, .observed = {}},
      context);
  const bool by_another =
      !gone && (gone.error().kind == base::ErrorKind::not_found || gone.error().kind == base::ErrorKind::precondition);
  if (!gone && !by_another) return std::move(gone).error();
  return {};
}

}  // namespace threeport::apiserver
