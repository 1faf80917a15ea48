#include "apiserver/authenticator.h"

#include "apiserver/token.h"
#include "base/text.h"
#include "kinds/access_token.h"

namespace threeport::apiserver {
namespace {

using kinds::AccessToken;

/// The credentials of an Authorization field, without the word Bearer; "" where there are none.
base::Result<std::string_view> bearer_of(const http::Request& request) {
  std::string_view text = request.headers.get("Authorization");
  const auto trim = [&] {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  };
  trim();
  if (text.empty()) return text;
  const std::string_view scheme = text.substr(0, text.find(' '));
  if (!base::equal_without_case(scheme, "Bearer")) {
    return base::denied("Authorization must be `Bearer ` and a token; the scheme " + std::string(scheme) +
                        " is not known here");
  }
  text.remove_prefix(scheme.size());
  trim();
  return text;
}

base::Error no_credentials(const http::Request& request) {
  if (!request.client_certificate_problem.empty()) {
    return base::denied("the client certificate is not accepted: " + request.client_certificate_problem +
                        "; use one of this control plane's CA, or a token");
  }
  return base::denied(
      "this control plane wants to know who calls: use a client certificate of its CA, as `tptctl up` makes it, or "
      "send "
      "a token as `Authorization: Bearer " +
      std::string(kTokenPrefix) + "...`");
}

}  // namespace

base::Result<Actor> Authenticator::authenticate(const http::Request& request) const {
  TP_TRY(const std::string_view token, bearer_of(request));
  if (!token.empty()) return by_token(token);
  if (request.client_certificate_cn.empty()) return no_credentials(request);
  return Actor{.name = "cert:" + request.client_certificate_cn, .scope = schema::Scope::admin};
}

base::Result<Actor> Authenticator::by_token(std::string_view token) const {
  if (!token.starts_with(kTokenPrefix)) {
    return base::denied("the token is not one of this control plane: those begin with " + std::string(kTokenPrefix) +
                        "; `tptctl token create` makes one");
  }
  const store::Query query{
      .kind = std::string(AccessToken::kind.name), .filters = {{"Token", token_digest(token)}}, .limit = 1};
  TP_TRY(const store::Page page, objects_.store().list(query));
  if (page.rows.empty()) {
    return base::denied(
        "the token is not valid: it was revoked, or is one of another control plane; `tptctl token create` makes a new "
        "one");
  }
  const Object object = objects_.to_object(page.rows[0]);
  TP_TRY(const auto stored, schema::from_json<AccessToken>(object.data));
  if (stored.expires_at && *stored.expires_at <= objects_.clock().now()) {
    return base::denied("the token " + stored.name + " has expired at " + base::format_time(*stored.expires_at) +
                        "; `tptctl token create` makes a new one");
  }
  const auto scope = schema::find_scope(stored.scope);
  if (!scope) return base::internal("access token " + stored.name + " has the unknown scope " + stored.scope);
  return Actor{.name = "token:" + stored.name, .scope = *scope, .token = object.id};
}

std::string challenge_for(const http::Request& request) {
  const auto token = bearer_of(request);
  const bool has_token = token && !token->empty();
  return std::string("Bearer realm=\"threeport\"") + (has_token ? ", error=\"invalid_token\"" : "");
}

void add_token_rules(Objects& objects) {
  objects.add_hook(
      AccessToken::kind.name,
      [&clock = objects.clock()](const json::Value* before, const json::Value& after) -> base::Result<void> {
        const json::Value& expires = after.at("ExpiresAt");
        if (expires.is_null() || (before != nullptr && before->at("ExpiresAt") == expires)) return {};
        TP_TRY(const base::TimePoint time, base::parse_time(expires.text()));
        if (time > clock.now()) return {};
        return base::invalid("ExpiresAt: " + std::string(expires.text()) +
                             " is past; give a time that is still to come");
      });
}

}  // namespace threeport::apiserver
