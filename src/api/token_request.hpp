// SPDX-License-Identifier: MIT
// What the two grants have in common: a form for token_url, with the client's credentials. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "g2afs/api/token_source.hpp"
#include "g2afs/api/wire.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

inline constexpr std::size_t kMaxTokenAnswer = 1 << 20;  // a token answer has a few KB

inline HttpRequest token_request(const TokenOptions& options, std::string form) {
  HttpRequest request;
  request.method = Method::Post;
  request.purpose = Purpose::Token;
  request.url = options.token_url;
  request.headers = {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded"};
  request.authorization = wire::basic_authorization(options.client_id, options.client_secret);
  request.body = std::move(form);
  return request;
}

}  // namespace g2afs
