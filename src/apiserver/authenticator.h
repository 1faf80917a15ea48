// From a request to who sent it: a certificate of our CA, or a token.
#pragma once

#include <string>

#include "apiserver/access.h"
#include "apiserver/objects.h"
#include "http/message.h"

namespace threeport::apiserver {

/// Thread-safe. Blocks on the database for a token, never for a certificate.
class Authenticator {
 public:
  explicit Authenticator(Objects& objects) : objects_(objects) {}

  /// A token that is sent counts, also beside a certificate; an empty one counts as absent, as v0's client sends it.
  /// Each token is looked up in the store, by its digest: what is revoked or changed there holds at once, on every
  /// replica. Errors: `denied` says what is missing or wrong (401); those of the store.
  base::Result<Actor> authenticate(const http::Request& request) const;

 private:
  base::Result<Actor> by_token(std::string_view token) const;

  Objects& objects_;
};

/// The WWW-Authenticate field of a 401 (RFC 6750, 3).
std::string challenge_for(const http::Request& request);

/// Refuses tokens that would be expired when they are made. Before use only.
void add_token_rules(Objects& objects);

}  // namespace threeport::apiserver
