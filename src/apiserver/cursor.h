// Where a list goes on: `?cursor=` with what the header Threeport-Next-Cursor of the page before said. A page begins
// behind an id, so it costs the same wherever it is, and objects that come and go meanwhile move no other one to
// another page.
#pragma once

#include "apiserver/objects.h"
#include "http/message.h"

namespace threeport::apiserver {

struct Cursor {
  std::int64_t page = 1;   ///< number of the page that it leads to, for Meta
  ObjectId after = 0;      ///< the last object of the page before
  std::int64_t total = 0;  ///< as the first page counted it
};

/// Of no meaning to clients.
std::string text_of(const Cursor& cursor);

/// Makes `list` go on where the request's cursor says: then nothing is counted again. Unset: the request has none.
/// Error `invalid`: it is none of ours, or there is a page number beside it.
base::Result<std::optional<Cursor>> continue_list(const http::Query& request, ListQuery& list);

/// What leads to the page after `rows`, which answer `list`; unset where that page would be empty. Takes from `rows`
/// the one that a continued list reads too many, and sets their total. `page` is that of a request without cursor.
std::optional<Cursor> next_cursor(const std::optional<Cursor>& cursor, const ListQuery& list, std::int64_t page,
                                  Rows& rows);

}  // namespace threeport::apiserver
