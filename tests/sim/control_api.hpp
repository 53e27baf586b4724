// SPDX-License-Identifier: MIT
// The control endpoint, /_sim/…: how a test arranges the account, injects faults and asks what the client
// did. README.md lists the calls. Not logged, no credentials, never faulty. Any thread.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "sim/account.hpp"
#include "sim/fault_plan.hpp"
#include "sim/gate.hpp"
#include "sim/http_message.hpp"
#include "sim/request_log.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"
#include "sim/token_authority.hpp"

namespace g2a_sim {

class ControlApi {
 public:
  struct Parts {
    const SimOptions& options;
    Account& account;
    TokenAuthority& tokens;
    FaultPlan& faults;
    RequestLog& log;
    SimClock& clock;
    Gate& gate;
  };

  explicit ControlApi(Parts parts) : parts_(parts) {}

  void set_ports(int api, int media) {
    api_port_ = api;
    media_port_ = media;
  }
  static bool owns(const std::string& path) { return path.starts_with("/_sim/"); }
  HttpResponse handle(const HttpRequest& request);

 private:
  HttpResponse dispatch(const HttpRequest& request, const std::string& what);
  HttpResponse fault(const HttpRequest& request);
  HttpResponse latency(const HttpRequest& request);
  HttpResponse log(const HttpRequest& request);
  HttpResponse recordings(const HttpRequest& request);
  HttpResponse one_recording(const HttpRequest& request, const std::string& id);
  HttpResponse content(const HttpRequest& request, const std::string& name);
  HttpResponse tokens(const HttpRequest& request);
  HttpResponse clock(const HttpRequest& request);
  nlohmann::json config() const;
  nlohmann::json to_json(const RecordingView& view) const;

  Parts parts_;
  int api_port_ = 0;
  int media_port_ = 0;
};

}  // namespace g2a_sim
