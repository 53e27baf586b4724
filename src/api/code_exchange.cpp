// SPDX-License-Identifier: MIT
// From a code to tokens: the last step of authorization.hpp.
#include <fmt/format.h>

#include "token_request.hpp"
#include "whole_body.hpp"

#include "g2afs/api/authorization.hpp"

namespace g2afs {
namespace {

Error refused(int status, const std::string& said) {
  if (said == "invalid_client" || said == "unauthorized_client") {
    return {Errc::Denied, fmt::format("the server refused client_id or client_secret ({})", said)};
  }
  if (said == "invalid_grant") {
    return {Errc::Denied, "the server refused the code (invalid_grant): it has expired or was used already"};
  }
  if (!said.empty()) return {Errc::Invalid, fmt::format("token_url: the server refused the request ({})", said)};
  // 400 is also what a proxy says of what it does not understand.
  if (status == 400) return {Errc::Unavailable, "token_url: answered 400"};
  return {Errc::Denied, fmt::format("token_url: answered {}: it refuses client_id or client_secret", status)};
}

Result<wire::TokenAnswer> judge(const Result<ResponseHead>& head, const std::string& body) {
  const auto say = [](const Error& error) { return fail(error.code, "token_url: " + error.what); };
  if (!head) return say(head.error());
  switch (head->status) {
    case 200: break;
    case 400:
    case 401:
    case 403: return fail(refused(head->status, wire::parse_token_error(body)));
    default: {
      const Errc code = head->status == 429 ? Errc::Throttled : Errc::Unavailable;
      return fail(code, fmt::format("token_url: answered {}", head->status));
    }
  }
  Result<wire::TokenAnswer> answer = wire::parse_token(body);
  if (!answer) return say(answer.error());
  if (answer->refresh_token.empty()) {
    return fail(Errc::Unavailable,
                "token_url: the answer has no refresh_token: the client may not have offline access");
  }
  return answer;
}

}  // namespace

Task<Result<wire::TokenAnswer>> exchange_code(Transport& transport, TokenOptions options, Authorization authorization,
                                              Secret code) {
  std::string form = fmt::format("grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
                                 wire::percent_encode(code.reveal()), wire::percent_encode(authorization.redirect_uri),
                                 wire::percent_encode(authorization.verifier.reveal()));
  HttpRequest request = token_request(options, std::move(form));
  WholeBody body(kMaxTokenAnswer);
  const Result<ResponseHead> head = co_await transport.perform(std::move(request), body);
  Result<wire::TokenAnswer> answer = judge(head, body.text());
  co_return answer;
}

}  // namespace g2afs
