// SPDX-License-Identifier: MIT
#include "sim/fault_effects.hpp"

#include <fmt/format.h>

#include "sim/gzip_stored.hpp"

namespace g2a_sim {
namespace {

constexpr std::uint64_t kGzipLimit = 64ULL << 20U;  // larger bodies are left alone: gzip is made in memory

std::string redirect_target(const Fault& fault, const HttpRequest& request, int port) {
  if (fault.kind == FaultKind::kRedirectLoop) return request.target;
  if (!fault.location.empty()) return fault.location;
  // The same server by another name: another host, so credentials must stay behind. The mark lets it pass
  // there.
  const char* joint = request.target.find('?') == std::string::npos ? "?" : "&";
  return fmt::format("http://localhost:{}{}{}sim-redirected=1", port, request.target, joint);
}

}  // namespace

std::optional<HttpResponse> substitute_answer(const Fault& fault, const HttpRequest& request, int port) {
  HttpResponse response;
  switch (fault.kind) {
    case FaultKind::kStatus:
      response =
          fault.body.empty() ? error_response(fault.status, "injected fault") : json_response(fault.status, fault.body);
      break;
    case FaultKind::kHtml:
      response = text_response(fault.status, "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>\n",
                               "text/html; charset=utf-8");
      break;
    case FaultKind::kRedirect:
    case FaultKind::kRedirectLoop:
      response = text_response(fault.status, "", "text/plain");
      response.headers.emplace_back("Location", redirect_target(fault, request, port));
      break;
    case FaultKind::kBadJson:
      response = json_response(fault.status, fault.body.empty() ? "{\"readyForDownload\":[1,2" : fault.body);
      break;
    case FaultKind::kEmpty: response = json_response(fault.status, ""); break;
    default:
      if (fault.carried_out()) return std::nullopt;
      response = error_response(500, "injected fault");
  }
  if (!fault.retry_after.empty()) response.headers.emplace_back("Retry-After", fault.retry_after);
  response.note = "injected fault";
  return response;
}

void spoil_answer(const Fault& fault, HttpResponse& response) {
  Delivery& delivery = response.delivery;
  delivery.after_bytes = fault.after_bytes;
  delivery.seconds = fault.seconds;
  delivery.bytes_per_second = fault.bytes_per_second;
  switch (fault.kind) {
    case FaultKind::kReset: delivery.kind = Delivery::Kind::kReset; break;
    case FaultKind::kClose: delivery.kind = Delivery::Kind::kClose; break;
    case FaultKind::kStall: delivery.kind = Delivery::Kind::kStall; break;
    case FaultKind::kDrip: delivery.kind = Delivery::Kind::kDrip; break;
    case FaultKind::kGarbage: delivery.kind = Delivery::Kind::kGarbage; break;
    case FaultKind::kTruncate:
      delivery.kind = Delivery::Kind::kTruncate;
      if (!delivery.after_bytes) delivery.after_bytes = response.body_size() / 2;
      break;
    case FaultKind::kGzip:
      if (response.body_size() > kGzipLimit) break;
      if (response.source) {
        std::string body(response.length, '\0');
        if (!response.source->read(response.offset, body)) break;
        response.body = std::move(body);
        response.source.reset();
      }
      response.body = gzip_stored(response.body);
      response.headers.emplace_back("Content-Encoding", "gzip");
      break;
    default: break;
  }
  // A pause in front of any fault; for a stall, the seconds are its own.
  if (fault.kind != FaultKind::kStall) response.delay_seconds += fault.seconds;
}

}  // namespace g2a_sim
