// Idempotency-Key: a POST with the same key from the same caller is executed once. Its answer is written with its
// effects, in one write set, so there is no moment in which a repetition could be executed again.
#pragma once

#include <optional>

#include "apiserver/objects.h"
#include "apiserver/router.h"

namespace threeport::apiserver {

/// Of a POST with an Idempotency-Key: the answer that it got within the last day; else nothing, and the context of
/// `call` has a receipt. A request that failed wrote nothing, and is executed again. Errors: `invalid`: the key is not
/// 1 to 255 visible characters; `conflict`: it was used for another request.
base::Result<std::optional<http::Response>> answered_before(Objects& objects, Call& call);

/// The wire forms of the objects as a JSON array: Data of an envelope.
std::string wire_list(const Objects& objects, const std::vector<Object>& list);
/// What is answered for objects that were written.
http::Response answer_of(const Objects& objects, const WriteContext& context, const std::vector<Object>& after);
/// The record that keeps an answer.
Write record_of(Objects& objects, const Receipt& receipt, const http::Response& answer);
/// Error `conflict`: the record is there, so the same request is executed elsewhere at this moment.
base::Result<void> check_not_made(Objects& objects, const Receipt& receipt);

}  // namespace threeport::apiserver
