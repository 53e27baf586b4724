// SPDX-License-Identifier: MIT
// The four calls of the archive API, as API.md describes them: list, urls, transcode, archive. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/account.hpp"
#include "sim/http_message.hpp"
#include "sim/media_api.hpp"
#include "sim/request_log.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"
#include "sim/token_authority.hpp"

namespace g2a_sim {

inline constexpr std::string_view kApiBase = "/G2A/rest/v1";

class ArchiveApi {
 public:
  ArchiveApi(const SimOptions& options, Account& account, TokenAuthority& tokens, MediaApi& media,
             const SimClock& clock);

  // Which call a path belongs to, whatever the method; nothing for other paths.
  static std::optional<Endpoint> endpoint_of_path(std::string_view path);

  HttpResponse handle(Endpoint endpoint, const HttpRequest& request, RequestLog::Trace& trace);

 private:
  std::optional<HttpResponse> refusal_of_credentials(const HttpRequest& request) const;
  HttpResponse list(const HttpRequest& request, RequestLog::Trace& trace);
  HttpResponse urls(const HttpRequest& request, RequestLog::Trace& trace);
  HttpResponse change(Endpoint endpoint, const HttpRequest& request, RequestLog::Trace& trace);

  const SimOptions& options_;
  Account& account_;
  TokenAuthority& tokens_;
  MediaApi& media_;
  const SimClock& clock_;
};

}  // namespace g2a_sim
