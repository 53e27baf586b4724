// SPDX-License-Identifier: MIT
// One request on the wire and its answer; a redirect is an answer, too. Loop thread only.
//
// Lives in the frame of the perform() that made it: when that unwinds, the destructor takes the transfer off
// the multi handle, and the sink is not called again. Shared only with handlers that may come late (resume,
// the watchdog), which hold it weakly.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/steady_timer.hpp>

#include "address_policy.hpp"
#include "curl_handle_pool.hpp"
#include "curl_multi.hpp"
#include "curl_setup.hpp"
#include "head_parser.hpp"

#include "g2afs/net/curl_transport.hpp"
#include "g2afs/net/event.hpp"

namespace g2afs {

class CurlExchange : public std::enable_shared_from_this<CurlExchange> {
 public:
  struct Answer {
    ResponseHead head;
    std::string location;  // where a redirect that is to be followed leads; empty for a final answer
  };

  CurlExchange(Loop& loop, CurlMulti& multi, CurlHandlePool::Handle easy, const CurlOptions& options,
               AddressPolicy& addresses, const HttpRequest& request, const Url& url, BodySink& sink);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange();

  /// Once. Feeds the sink with the answer, unless that is a redirect to follow.
  Task<Result<Answer>> run();

  /// Called with the head of the final answer, before the sink is.
  std::function<void(const ResponseHead&)> on_answer;

  /// Ended or about to end, so that its connection is given back.
  bool over() const { return stopped_ || result_; }
  bool paused() const { return paused_; }
  /// When the body was paused last.
  std::chrono::steady_clock::time_point paused_at() const { return paused_at_; }
  /// If the body is paused then, brings the bytes again that were not taken; soon, not at once.
  void resume();

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int on_connected(void* self, char* address, char*, int port, int) noexcept;

  void listen();
  bool take_line(std::string_view line);
  Flow take_body(std::span<const std::byte> data);
  bool redirected() const;
  bool may_connect(const sockaddr& address, std::uint16_t port) const;
  bool is_proxy(std::uint16_t port) const;
  void unpause();
  /// Bytes that come from now on, towards options_.stall_bytes.
  void begin_counting();
  void came(std::size_t bytes);
  void watch_for_stall();
  void ended(CURLcode code);
  void finish(Result<Answer> result);
  Reached reached() const;

  Loop& loop_;
  CurlMulti& multi_;
  CurlHandlePool::Handle easy_;
  const CurlOptions& options_;
  AddressPolicy& addresses_;
  const HttpRequest& request_;
  const Url& url_;
  BodySink& sink_;
  const Proxy proxy_;
  CurlList headers_;

  HeadParser parser_;
  bool connected_ = false;
  bool handshake_failed_ = false;
  bool paused_ = false;
  std::chrono::steady_clock::time_point paused_at_;
  bool stopped_ = false;         // by the sink, or because nothing more is of use
  std::size_t head_bytes_ = 0;   // of headers, and what else is no body
  std::size_t passed_over_ = 0;  // bytes of a redirect's body
  std::string refused_address_;  // the last one, while no other was tried
  bool socket_opened_ = false;

  std::chrono::steady_clock::time_point counting_since_, sent_at_;
  std::size_t came_ = 0;  // since counting_since_
  asio::steady_timer watchdog_;
  std::optional<Result<Answer>> result_;
  Event done_;
};

}  // namespace g2afs
