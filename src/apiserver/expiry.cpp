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
    const auto expires = base::parse_time(objects.to_object(row).data.at("ExpiresAt").text());
    if (!expires || *expires > objects.clock().now()) continue;
    WriteContext context;
    context.by = "controller:" + std::string(kind);
    context.reason = "expired";
    const auto gone = objects.write({.op = Write::Op::finalize,
                                     .kind = std::string(kind),
                                     .id = row.id,
                                     .body = {},
                                     .version = row.version,
                                     .observed = {}},
                                    context);
    const bool by_another = !gone && (gone.error().kind == base::ErrorKind::not_found ||
                                      gone.error().kind == base::ErrorKind::precondition);
    if (!gone && !by_another)
      base::log::warn("an expired object cannot be removed", {{"kind", kind}, {"id", row.id}, {"error", gone.error()}});
  }
}

}  // namespace threeport::apiserver
