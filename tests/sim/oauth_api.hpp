// SPDX-License-Identifier: MIT
// /oauth/authorize and /oauth/token: RFC 6749 with the authorization code and refresh token grants, client
// authentication by Basic only, and RFC 7636 (S256) where the client wants it. Any thread.
#pragma once

#include "sim/http_message.hpp"
#include "sim/sim_options.hpp"
#include "sim/token_authority.hpp"

namespace g2a_sim {

class OauthApi {
 public:
  OauthApi(const SimOptions& options, TokenAuthority& tokens) : options_(options), tokens_(tokens) {}

  // A person who agrees at once (or never does: --deny-authorize).
  HttpResponse authorize(const HttpRequest& request);
  HttpResponse token(const HttpRequest& request);

 private:
  bool client_is_known(const HttpRequest& request) const;

  const SimOptions& options_;
  TokenAuthority& tokens_;
};

}  // namespace g2a_sim
