// SPDX-License-Identifier: MIT
#include "sim/simulator.hpp"

#include <fmt/format.h>

#include "sim/fault_effects.hpp"

namespace g2a_sim {

Simulator::Simulator(SimOptions options)
    : options_(std::move(options)),
      account_(options_, clock_),
      tokens_(options_, clock_),
      log_(options_.log_limit),
      media_(options_, account_, clock_),
      archive_(options_, account_, tokens_, media_, clock_),
      oauth_(options_, tokens_),
      control_({options_, account_, tokens_, faults_, log_, clock_, gate_}) {
  if (options_.now_ms != 0) {
    clock_.set_now_ms(options_.now_ms);
    tokens_.restore();  // the first refresh token lives from the clock's now
  }
  const auto server = [this](int port, Origin origin) {
    return std::make_unique<HttpServer>(port, gate_, connections_, options_.keep_alive_seconds,
                                        [this, origin](const HttpRequest& request) { return answer(origin, request); });
  };
  api_server_ = server(options_.port, Origin::kApi);
  if (!options_.same_port) media_server_ = server(options_.media_port, Origin::kMedia);
  media_.set_base(fmt::format("http://127.0.0.1:{}", media_port()));
  control_.set_ports(port(), media_port());
  if (media_server_) media_server_->start();
  api_server_->start();
}

Simulator::~Simulator() { stop(); }

std::string Simulator::api_url() const { return fmt::format("http://127.0.0.1:{}{}", port(), kApiBase); }

void Simulator::stop() {
  gate_.close();
  if (media_server_) media_server_->stop();
  api_server_->stop();
}

Endpoint Simulator::endpoint_for(Origin origin, const std::string& path) const {
  const bool has_media = origin == Origin::kMedia || options_.same_port;
  if (has_media && MediaApi::owns(path)) return Endpoint::kMedia;
  if (origin == Origin::kMedia) return Endpoint::kOther;
  if (const auto call = ArchiveApi::endpoint_of_path(path)) return *call;
  if (path == "/oauth/token") return Endpoint::kToken;
  if (path == "/oauth/authorize") return Endpoint::kAuthorize;
  return Endpoint::kOther;
}

HttpServer::Answer Simulator::answer(Origin origin, const HttpRequest& request) {
  HttpServer::Answer answer = judge(origin, request);
  answer.response.date_ms = clock_.now_ms();
  return answer;
}

HttpServer::Answer Simulator::judge(Origin origin, const HttpRequest& request) {
  if (origin == Origin::kApi && ControlApi::owns(request.path)) return {control_.handle(request), nullptr};

  const Endpoint endpoint = endpoint_for(origin, request.path);
  HttpServer::Answer answer;
  answer.trace = log_.begin(endpoint, request);
  const auto fault = faults_.take(endpoint, request.target);
  answer.response = respond(origin, endpoint, request, fault ? &*fault : nullptr, *answer.trace);
  answer.response.delay_seconds += faults_.latency_seconds(endpoint);

  // A client that is cut off before the head sees no status.
  const Delivery& delivery = answer.response.delivery;
  const bool unseen =
      delivery.kind == Delivery::Kind::kGarbage ||
      (!delivery.after_bytes && (delivery.kind == Delivery::Kind::kReset || delivery.kind == Delivery::Kind::kClose));
  answer.trace->answering(unseen ? 0 : answer.response.status, answer.response.note,
                          fault ? fault_name(fault->kind) : "");
  return answer;
}

HttpResponse Simulator::respond(Origin origin, Endpoint endpoint, const HttpRequest& request, const Fault* fault,
                                RequestLog::Trace& trace) {
  if (options_.max_request_line != 0 && request.request_line_bytes() > options_.max_request_line) {
    return error_response(414, fmt::format("a request line of {} bytes", request.request_line_bytes()));
  }
  std::optional<HttpResponse> substitute;
  if (fault != nullptr) {
    const int port = origin == Origin::kMedia ? media_port() : this->port();
    substitute = substitute_answer(*fault, request, port);
  }
  HttpResponse response;
  if (!substitute || fault->carried_out()) {
    switch (endpoint) {
      case Endpoint::kMedia: response = media_.handle(request, fault, trace); break;
      case Endpoint::kToken: response = oauth_.token(request); break;
      case Endpoint::kAuthorize: response = oauth_.authorize(request); break;
      case Endpoint::kOther: response = error_response(404, "no such path"); break;
      default: response = archive_.handle(endpoint, request, trace);
    }
  }
  if (substitute) response = std::move(*substitute);
  if (fault != nullptr) spoil_answer(*fault, response);
  return response;
}

}  // namespace g2a_sim
