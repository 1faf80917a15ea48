#include "apiserver/token.h"

#include <algorithm>

#include "base/crypto.h"

namespace threeport::apiserver {

base::Secret<std::string> make_token() {
  constexpr std::size_t kBytes = 32;
  return base::Secret(std::string(kTokenPrefix) + base::base64url_encode(base::random_bytes(kBytes)));
}

std::string token_digest(std::string_view token) { return base::sha256_hex(token); }

bool issues_token(const schema::KindDescriptor& kind) {
  return std::any_of(kind.fields.begin(), kind.fields.end(),
                     [](const auto& field) { return field.has(schema::issued); });
}

base::Secret<std::string> issue_token(const schema::KindDescriptor& kind, json::Object& members) {
  base::Secret<std::string> token;
  for (const schema::FieldDescriptor& field : kind.fields) {
    if (!field.has(schema::issued)) continue;
    token = make_token();
    members.set(field.name, token_digest(token.reveal()));
  }
  return token;
}

}  // namespace threeport::apiserver
