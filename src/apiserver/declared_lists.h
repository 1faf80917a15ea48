// Nested lists of a document, such as the ports of a gateway: on a change the stored rows become what the list says.
#pragma once

#include "apiserver/objects.h"

namespace threeport::apiserver {

struct ListChange {
  std::string member;
  json::Value from, to;  ///< declared members of the elements
  std::vector<Write> writes;
};

/// What it takes to make the nested objects of `before` those that `members` lists: elements that are equal stay, the
/// others are removed and made. A list that is absent counts as empty, unless the table says `filled`. Lists without a
/// change are left out. Error `invalid` names the list and the member of the element. Blocks on the database.
base::Result<std::vector<ListChange>> changed_lists(Objects& objects, const Object& before,
                                                    const json::Object& members);

}  // namespace threeport::apiserver
