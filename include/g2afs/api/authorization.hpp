// SPDX-License-Identifier: MIT
// The authorization code grant (RFC 6749, 4.1) with PKCE (RFC 7636): the URL where somebody agrees, the answer that a
// browser brings back, and the tokens for the code in it. Loop thread only for exchange_code(), else any thread.
//
// The state ties the answer to the request, so that nobody can slip somebody else's account in; the verifier ties the
// code to whoever made the request, so that a code that is seen on its way is of no use.
#pragma once

#include <string>
#include <string_view>

#include "g2afs/api/token_source.hpp"
#include "g2afs/api/wire.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/secret.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

/// One request for an authorization.
struct Authorization {
  std::string redirect_uri;
  std::string state;  // goes over the wire and comes back
  Secret verifier;    // goes to token_url only

  /// With a state and a verifier of 256 random bits each. Throws std::runtime_error where the system has none.
  static Authorization begin(std::string redirect_uri);
};

/// RFC 7636, 4.2: the challenge of a verifier, by S256.
std::string code_challenge(const Secret& verifier);

/// Where somebody agrees to it. Invalid if authorize_url does not bear a query.
Result<Url> authorization_url(const Url& authorize_url, std::string_view client_id, const Authorization& authorization);

/// The code in the query that the browser was sent back with. NotFound: the query is no answer to anything; Invalid: it
/// answers something else, by its state; Denied: somebody said no, or the client may not ask; Unavailable: the server
/// says that it failed. What the server says of it is in the error, without control characters and cut short.
Result<Secret> read_authorization_answer(std::string_view query, const Authorization& authorization);
/// Whether it answers this request, by its state, which nobody else can know.
bool answers(std::string_view query, const Authorization& authorization);

/// The tokens for a code, by one request: a code serves once. Denied: the server refuses the code or the client;
/// Unavailable, Throttled: it could not be asked, or its answer holds no refresh token; Invalid: it calls the request
/// malformed, or token_url must not be asked.
Task<Result<wire::TokenAnswer>> exchange_code(Transport& transport, TokenOptions options, Authorization authorization,
                                              Secret code);

}  // namespace g2afs
