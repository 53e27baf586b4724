// SPDX-License-Identifier: MIT
// The media origin: GET and HEAD of recordings, events and thumbnails by signed URLs, with byte ranges.
// Stands for a host that is not the API's: a request that brings an Authorization header is refused, and
// logged as a leak. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/account.hpp"
#include "sim/fault_plan.hpp"
#include "sim/http_message.hpp"
#include "sim/request_log.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"
#include "sim/url_signer.hpp"

namespace g2a_sim {

class MediaApi {
 public:
  MediaApi(const SimOptions& options, Account& account, const SimClock& clock);

  // Call once the port is known, before any URL is made.
  void set_base(std::string origin) { origin_ = std::move(origin); }

  // /r/<token>/<id>.<suffix>, or /r/<id>.<suffix>?token=<token>.
  std::string url_for(const RecordingView& view, FileKind kind);
  static bool owns(const std::string& path) { return path.starts_with("/r/"); }

  HttpResponse handle(const HttpRequest& request, const Fault* fault, RequestLog::Trace& trace);

 private:
  struct Address {
    std::uint64_t id;
    FileKind kind;
    std::string token;
  };

  static std::optional<Address> address_of(const HttpRequest& request);
  std::string suffix_of(const RecordingView& view, FileKind kind) const;
  HttpResponse serve(const HttpRequest& request, const Address& address, const Fault* fault);

  const SimOptions& options_;
  Account& account_;
  const SimClock& clock_;
  UrlSigner signer_;
  std::string origin_;
};

}  // namespace g2a_sim
