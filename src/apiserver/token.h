// Access tokens: 256 random bits with a prefix that scanners for leaked secrets recognise. Only their digest is stored.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/secret.h"
#include "schema/descriptor.h"

namespace threeport::apiserver {

inline constexpr std::string_view kTokenPrefix = "tpt_";

/// "tpt_" and 43 characters of the URL-safe alphabet.
base::Secret<std::string> make_token();
/// What is stored of a token: its SHA-256 in hex. The secret has 256 random bits, so neither salt nor a slow hash would
/// add anything.
std::string token_digest(std::string_view token);
/// Whether objects of the kind come with a secret that only the answer to their creation has.
bool issues_token(const schema::KindDescriptor& kind);
/// Gives the `issued` member of a new object, if its kind has one, the digest of a new token. The token, or "".
base::Secret<std::string> issue_token(const schema::KindDescriptor& kind, json::Object& members);

}  // namespace threeport::apiserver
