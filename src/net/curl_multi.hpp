// SPDX-License-Identifier: MIT
// curl's multi handle on the loop (curl_multi_socket_action). Loop thread only.
//
// Design: curl tells by callback which sockets it wants watched, for what, and when it wants to be called
// next; Asio waits for readiness and for that one timer, and curl reads and writes by itself. The sockets are
// curl's: they are released, never closed, here. curl must not be called from within its own callbacks, so
// nothing here may be called from a BodySink; what a sink wants done (resume) is posted.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <curl/curl.h>

namespace g2afs {

class CurlMulti {
 public:
  using EndFn = std::function<void(CURLcode)>;

  /// Keeps up to `idle_connections` open for reuse. Throws std::runtime_error if libcurl cannot start.
  CurlMulti(asio::io_context& context, std::size_t idle_connections);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  /// Every transfer must have been removed.
  ~CurlMulti();

  /// Starts the transfer. Once it has ended by itself it is taken off and on_end called, never within add().
  void add(CURL* easy, EndFn on_end);
  /// Ends the transfer without a call of on_end, and closes its connection; harmless if it has ended.
  void remove(CURL* easy) noexcept;

 private:
  struct Watch;
  struct Direction;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* unused) noexcept;
  static int on_timer(CURLM* multi, long timeout_ms, void* self) noexcept;
  void watch(curl_socket_t socket, int what);
  void unwatch(curl_socket_t socket);
  void arm(const std::shared_ptr<Watch>& watch, Direction Watch::*which);
  /// Lets curl work, then reports the transfers that have ended.
  void act(curl_socket_t socket, int events);

  asio::io_context& context_;
  asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, EndFn> transfers_;
  const std::shared_ptr<void> alive_ = std::make_shared<int>();  // lets a late timer handler find this gone
  CURLM* multi_;
};

}  // namespace g2afs
