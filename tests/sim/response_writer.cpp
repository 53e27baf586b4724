// SPDX-License-Identifier: MIT
#include "sim/response_writer.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "sim/iso_time.hpp"
#include "sim/socket_io.hpp"

namespace g2a_sim {
namespace {

// Fits the L2 cache, so that computed bytes are still there when the kernel copies them.
constexpr std::uint64_t kChunk = 128 * 1024;
constexpr double kDripInterval = 0.1;

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 414: return "URI Too Long";
    case 416: return "Range Not Satisfiable";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

std::string head_of(const HttpResponse& response, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  if (response.date_ms != 0) head += fmt::format("Date: {}\r\n", format_http_date(response.date_ms));
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (response.status != 204 && response.status != 304) {
    head += fmt::format("Content-Length: {}\r\n", response.body_size());
  }
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

// The sending of one response.
class Writer {
 public:
  Writer(int socket, const Gate::Ticket& ticket, const HttpResponse& response, RequestLog::Trace* trace)
      : socket_(socket), ticket_(ticket), response_(response), delivery_(response.delivery), trace_(trace) {}

  bool run(bool head_only, bool keep_alive) {
    if (response_.delay_seconds > 0 && ticket_.wait(socket_, response_.delay_seconds) == Gate::Woken::kGone) {
      return broken();
    }
    using Kind = Delivery::Kind;
    const bool at_once = !delivery_.after_bytes;
    if (delivery_.kind == Kind::kGarbage) {
      send_all(socket_, "\x15\x03\x01 this is not HTTP\r\n\r\n");
      return broken();
    }
    if (at_once && (delivery_.kind == Kind::kReset || delivery_.kind == Kind::kClose)) return cut();
    if (at_once && delivery_.kind == Kind::kStall && !stall()) return broken();

    const bool bodyless = head_only || response_.status == 204 || response_.status == 304;
    const std::uint64_t total = bodyless ? 0 : response_.body_size();
    const std::uint64_t wound = wounded_at(total);
    std::string head = head_of(response_, keep_alive);
    if (!send_body(head, 0, wound, total)) return broken();
    if (wound == total && !hurts_at_end()) return keep_alive;
    if (delivery_.kind == Kind::kStall) {
      return stall() && send_body(head, wound, total, total) ? keep_alive : broken();
    }
    return cut();
  }

 private:
  // Where in the body the fault happens; the body's end when it does not.
  std::uint64_t wounded_at(std::uint64_t total) const {
    using Kind = Delivery::Kind;
    const bool wounds = delivery_.kind == Kind::kReset || delivery_.kind == Kind::kClose ||
                        delivery_.kind == Kind::kTruncate || delivery_.kind == Kind::kStall;
    return wounds && delivery_.after_bytes ? std::min(*delivery_.after_bytes, total) : total;
  }
  // A reset after the last byte is still a reset; a stall or a missing rest needs something that is missing.
  bool hurts_at_end() const {
    return delivery_.after_bytes &&
           (delivery_.kind == Delivery::Kind::kReset || delivery_.kind == Delivery::Kind::kClose);
  }

  // Sends what is left of `head` and the body from `begin` to `end`.
  bool send_body(std::string& head, std::uint64_t begin, std::uint64_t end, std::uint64_t total) {
    const bool drip = delivery_.kind == Delivery::Kind::kDrip;
    std::uint64_t chunk = kChunk;
    if (drip) {
      chunk = std::clamp<std::uint64_t>(
          static_cast<std::uint64_t>(static_cast<double>(delivery_.bytes_per_second) * kDripInterval), 1, kChunk);
    }
    // Sized once: growing it at every turn would fill it with zeros first.
    std::size_t head_size = head.size();
    std::string buffer = std::move(head);
    head.clear();
    buffer.resize(head_size + static_cast<std::size_t>(std::min(chunk, end - begin)));
    std::uint64_t at = begin;
    do {
      const auto n = static_cast<std::size_t>(std::min(chunk, end - at));
      if (!read_body(at, std::span(buffer).subspan(head_size, n))) return false;
      at += n;
      if (trace_ != nullptr) {
        trace_->sending(n);
        if (at == total && !hurts_at_end()) trace_->finish();
      }
      const std::string_view bytes(buffer.data(), head_size + n);
      if (const std::size_t sent = send_all(socket_, bytes); sent < bytes.size()) {
        if (trace_ != nullptr) trace_->unsent(std::min(n, bytes.size() - sent));
        return false;
      }
      head_size = 0;
      if (drip && at < end && ticket_.wait(socket_, kDripInterval) != Gate::Woken::kDeadline) return false;
    } while (at < end);
    return true;
  }

  bool read_body(std::uint64_t at, std::span<char> out) const {
    if (response_.source) return response_.source->read(response_.offset + at, out);
    std::memcpy(out.data(), response_.body.data() + at, out.size());
    return true;
  }

  // True when the time of the stall is over and the response goes on.
  bool stall() {
    if (trace_ != nullptr) trace_->stalled(true);
    const Gate::Woken woken = ticket_.wait(socket_, delivery_.seconds);
    if (trace_ != nullptr) trace_->stalled(false);
    return woken == Gate::Woken::kDeadline;
  }

  bool cut() {
    if (delivery_.kind == Delivery::Kind::kReset) reset_on_close(socket_);
    return broken();
  }
  bool broken() {
    if (trace_ != nullptr) {
      trace_->failed();
      trace_->finish();
    }
    return false;
  }

  int socket_;
  const Gate::Ticket& ticket_;
  const HttpResponse& response_;
  const Delivery& delivery_;
  RequestLog::Trace* trace_;
};

}  // namespace

bool write_response(int socket, const Gate::Ticket& ticket, const HttpRequest& request, const HttpResponse& response,
                    RequestLog::Trace* trace) {
  const bool keep_alive = request.keep_alive && !response.close;
  return Writer(socket, ticket, response, trace).run(request.method == "HEAD", keep_alive);
}

}  // namespace g2a_sim
