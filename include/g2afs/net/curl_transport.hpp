// SPDX-License-Identifier: MIT
// Transport over libcurl's multi interface, driven by the loop (curl_multi_socket_action). Loop thread only.
//
// Design: one multi handle; each perform() takes a pooled easy handle, adds it and waits on an Event. curl tells which
// sockets and which timer it wants watched; Asio watches them. Rules that hold for every request:
// - TLS verified, 1.2 or newer; only http and https, also after a redirect; redirects are followed for media only, at
//   most five, and never with an Authorization header.
// - plain http only to loopback, unless allow_http. Media connections to loopback, link-local and unspecified addresses
//   are refused after DNS unless the API itself is on one: a hostile answer must not make the daemon read the machine's
//   own services. With a proxy it is the proxy that connects, so that only the URL's host can be looked at.
// - a transfer that brings less than `stall_bytes` in `stall_timeout` is ended as stalled: a server that sends a byte now
//   and then would keep its reader waiting for days. A paused one is not stalled.
// - at most `max_connections` media transfers run at once, fewer to a host that answers 429 or 503, and none before its
//   Retry-After; the others wait their turn, interactive first (media_gate.hpp). A redirected request counts for the host
//   first asked. When one has to wait, those that are paused and in its way are asked to give up their connection, the
//   longest paused first. API calls do not wait for media.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "g2afs/base/log.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

struct CurlOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds stall_timeout{30'000};
  /// A page: what a connection of 140 bytes a second brings in 30 s. Nobody sees a recording at that rate.
  std::size_t stall_bytes = 4096;
  std::size_t max_connections = 32;
  /// However long a host's Retry-After is: a hostile or mistaken one must not end reading for the day.
  std::chrono::milliseconds longest_pause{60'000};
  /// Bytes, for each media connection. Bulk data costs 0.25 CPU s per GB with 512 KiB, 1.0 with curl's own 16 KiB.
  std::size_t receive_buffer = 512 * 1024;
  bool allow_http = false;
  bool local_origin = false;  // the API is known to be on such an address before it is connected to
  std::string ca_file;        // PEM; empty: the system's
  std::string proxy;          // empty: the environment's
  std::string user_agent = "g2afs";
};

class CurlTransport final : public Transport {
 public:
  /// Throws std::runtime_error if libcurl cannot start.
  CurlTransport(Loop& loop, Clock& clock, CurlOptions options, Log& log);
  ~CurlTransport() override;

  Task<Result<ResponseHead>> perform(HttpRequest request, BodySink& sink) override;

  /// For tests: how many wait for the network, rather than for their turn or for their sink.
  std::size_t on_the_wire() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace g2afs
