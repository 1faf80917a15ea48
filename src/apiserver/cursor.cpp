#include "apiserver/cursor.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace threeport::apiserver {
namespace {

/// "2.1017.4200": page, id, total.
std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor out;
  std::string_view rest = text;
  for (std::int64_t* number : std::array{&out.page, &out.after, &out.total}) {
    const char* const begin = rest.data();
    const char* const end = begin + rest.size();
    const auto [stop, code] = std::from_chars(begin, end, *number);
    const bool is_last = number == &out.total;
    if (code != std::errc{} || *number < 0 || (is_last ? stop != end : stop == end || *stop != '.'))
      return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(stop - begin) + (is_last ? 0 : 1));
  }
  // Only the one text that stands for it: "+1" or "01" were never given out.
  if (out.page > schema::kMaxId || out.after > schema::kMaxId || text_of(out) != text) return std::nullopt;
  return out;
}

}  // namespace

std::string text_of(const Cursor& cursor) {
  return std::to_string(cursor.page) + '.' + std::to_string(cursor.after) + '.' + std::to_string(cursor.total);
}

base::Result<std::optional<Cursor>> continue_list(const http::Query& request, ListQuery& list) {
  const auto text = request.get("cursor");
  if (!text || text->empty()) return std::optional<Cursor>();
  const auto page = request.get("page");
  if (page && !page->empty()) return base::invalid("cursor and page exclude each other: leave page out");
  const std::optional<Cursor> cursor = parse_cursor(*text);
  if (!cursor)
    return base::invalid("cursor must be what the header Threeport-Next-Cursor of the page before says, not \"" +
                         std::string(*text) + "\"; without cursor the list begins anew");
  list.after = cursor->after;
  list.want_total = false;
  if (list.limit && *list.limit < INT64_MAX) ++*list.limit;
  return cursor;
}

std::optional<Cursor> next_cursor(const std::optional<Cursor>& cursor, const ListQuery& list, std::int64_t page,
                                  Rows& rows) {
  bool has_more = false;
  const auto count = [&] { return static_cast<std::int64_t>(rows.rows.size()); };
  if (cursor) {
    has_more = list.limit && count() == *list.limit;
    if (has_more) rows.rows.pop_back();
    rows.total = cursor->total;
  } else {
    has_more = list.limit && list.offset + count() < rows.total;
  }
  if (!has_more || rows.rows.empty()) return std::nullopt;
  return Cursor{(cursor ? cursor->page : std::max<std::int64_t>(page, 1)) + 1, rows.rows.back().id, rows.total};
}

}  // namespace threeport::apiserver
