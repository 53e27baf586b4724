// SPDX-License-Identifier: MIT
// A whole simulated service: the account, its API, OAuth and media origins and the control endpoint,
// listening on loopback. What g2a-sim runs, and what a test can run inside itself. Any thread may call stop()
// and the accessors.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "sim/account.hpp"
#include "sim/archive_api.hpp"
#include "sim/control_api.hpp"
#include "sim/fault_plan.hpp"
#include "sim/gate.hpp"
#include "sim/http_server.hpp"
#include "sim/media_api.hpp"
#include "sim/oauth_api.hpp"
#include "sim/request_log.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"
#include "sim/token_authority.hpp"

namespace g2a_sim {

class Simulator {
 public:
  // Makes the account and serves at once. Throws StartError (account_files.hpp).
  explicit Simulator(SimOptions options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  int port() const { return api_server_->port(); }
  int media_port() const { return media_server_ ? media_server_->port() : api_server_->port(); }
  std::string api_url() const;

  Account& account() { return account_; }
  SimClock& clock() { return clock_; }
  const SimOptions& options() const { return options_; }

  // Ends every connection, stalled ones too, within moments.
  void stop();

 private:
  enum class Origin { kApi, kMedia };

  HttpServer::Answer answer(Origin origin, const HttpRequest& request);
  HttpServer::Answer judge(Origin origin, const HttpRequest& request);
  Endpoint endpoint_for(Origin origin, const std::string& path) const;
  HttpResponse respond(Origin origin, Endpoint endpoint, const HttpRequest& request, const Fault* fault,
                       RequestLog::Trace& trace);

  const SimOptions options_;
  SimClock clock_;
  Gate gate_;
  Account account_;
  TokenAuthority tokens_;
  FaultPlan faults_;
  RequestLog log_;
  MediaApi media_;
  ArchiveApi archive_;
  OauthApi oauth_;
  ControlApi control_;
  std::atomic<std::uint64_t> connections_{0};
  std::unique_ptr<HttpServer> api_server_;
  std::unique_ptr<HttpServer> media_server_;
};

}  // namespace g2a_sim
