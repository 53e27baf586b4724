// SPDX-License-Identifier: MIT
#include "curl_exchange.hpp"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <utility>

#include <fmt/format.h>

#include "curl_error.hpp"

namespace g2afs {
namespace {

// A redirect's body is read to its end, so that the connection can be used again; a longer one is not worth
// it.
constexpr std::size_t kLongestRedirectBody = 64 * 1024;

// Of all lines before the body, those of interim answers and behind it, too. curl would go on for ever, and keeps them all.
constexpr std::size_t kLongestHead = 256 * 1024;

// An acknowledgement may be delayed and lost once without the connection being dead.
constexpr std::chrono::milliseconds kShortestUserTimeout{1'000}, kLongestUserTimeout{3'600'000};

std::uint16_t port_of(const sockaddr& address) {
  // The port is at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

CurlExchange::CurlExchange(Loop& loop, CurlMulti& multi, CurlHandlePool::Handle easy, const CurlOptions& options,
                           AddressPolicy& addresses, const HttpRequest& request, const Url& url, BodySink& sink)
    : loop_(loop),
      multi_(multi),
      easy_(std::move(easy)),
      options_(options),
      addresses_(addresses),
      request_(request),
      url_(url),
      sink_(sink),
      proxy_(proxy_for(url, options.proxy)),
      headers_(set_up(easy_.get(), options, request, url, proxy_)),
      watchdog_(loop.context()) {
  listen();
}

CurlExchange::~CurlExchange() { multi_.remove(easy_.get()); }

void CurlExchange::listen() {
  set_option(easy_.get(), CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  set_option(easy_.get(), CURLOPT_HEADERDATA, static_cast<void*>(this));
  set_option(easy_.get(), CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set_option(easy_.get(), CURLOPT_WRITEDATA, static_cast<void*>(this));
  set_option(easy_.get(), CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open_socket);
  set_option(easy_.get(), CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set_option(easy_.get(), CURLOPT_PREREQFUNCTION, &CurlExchange::on_connected);
  set_option(easy_.get(), CURLOPT_PREREQDATA, static_cast<void*>(this));
}

Task<Result<CurlExchange::Answer>> CurlExchange::run() {
  sink_.resume = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->resume();
  };
  multi_.add(easy_.get(), [this](CURLcode code) { ended(code); });
  watch_for_stall();
  while (!result_) co_await done_.wait();
  co_return std::move(*result_);
}

std::size_t CurlExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::size_t length = size * count;
  return exchange.take_line({data, length}) ? length : CURL_WRITEFUNC_ERROR;
}

std::size_t CurlExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::size_t length = size * count;
  switch (exchange.take_body(std::as_bytes(std::span(data, length)))) {
    case Flow::Continue: return length;
    case Flow::Pause:
      exchange.paused_ = true;
      exchange.paused_at_ = std::chrono::steady_clock::now();
      return CURL_WRITEFUNC_PAUSE;
    case Flow::Stop: exchange.stopped_ = true; break;
  }
  return CURL_WRITEFUNC_ERROR;
}

bool CurlExchange::take_line(std::string_view line) {
  came(line.size());
  head_bytes_ += line.size();
  if (head_bytes_ > kLongestHead) return false;
  if (!parser_.take(line) || redirected()) return true;
  begin_counting();
  if (request_.purpose != Purpose::Media && !parser_.head().content_encoding.empty()) {
    parser_.head().content_encoding.clear();  // curl decodes it, and the length is that of the coded body
    parser_.head().content_length.reset();
  }
  parser_.head().latency = counting_since_ - sent_at_;
  if (on_answer) on_answer(parser_.head());
  stopped_ = sink_.on_head(parser_.head()) == Flow::Stop;
  return !stopped_;
}

Flow CurlExchange::take_body(std::span<const std::byte> data) {
  came(data.size());
  if (!redirected()) return sink_.on_data(data);
  passed_over_ += data.size();
  return passed_over_ <= kLongestRedirectBody ? Flow::Continue : Flow::Stop;
}

bool CurlExchange::redirected() const {
  if (request_.purpose != Purpose::Media || parser_.location().empty()) return false;
  switch (parser_.head().status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return true;
    default: return false;
  }
}

curl_socket_t CurlExchange::on_open_socket(void* self, curlsocktype, curl_sockaddr* to) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.may_connect(to->addr, port_of(to->addr))) {
    exchange.refused_address_ = address_text(to->addr);
    return CURL_SOCKET_BAD;
  }
  exchange.socket_opened_ = true;
  const int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  // A connection that several requests share, as the API's may, and that the network has forgotten, is in use as long as
  // any of them waits on it, so that no stall alone ends it. What was sent and not acknowledged for so long does.
  if (fd >= 0 && exchange.request_.purpose != Purpose::Media) {
    const auto limit =
        static_cast<unsigned>(std::clamp<std::chrono::milliseconds>(exchange.options_.stall_timeout,
                                                                    kShortestUserTimeout, kLongestUserTimeout)
                                  .count());
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
  }
  return fd;
}

bool CurlExchange::may_connect(const sockaddr& address, std::uint16_t port) const {
  return is_proxy(port) || addresses_.allows(request_.purpose, address);
}

bool CurlExchange::is_proxy(std::uint16_t port) const {
  // Where no_proxy excepts a host from the proxy, only the port tells the one connection from the other.
  return !proxy_.text.empty() && port == proxy_.port;
}

int CurlExchange::on_connected(void* self, char* address, char*, int port, int) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.is_proxy(static_cast<std::uint16_t>(port))) {
    exchange.addresses_.connected(exchange.request_.purpose, address);
  }
  exchange.connected_ = true;
  exchange.sink_.on_sent();
  exchange.begin_counting();
  exchange.sent_at_ = exchange.counting_since_;
  return CURL_PREREQFUNC_OK;
}

void CurlExchange::resume() {
  loop_.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->unpause();
  });
}

void CurlExchange::unpause() {
  if (!paused_ || result_) return;
  paused_ = false;
  begin_counting();
  // Brings the bytes that were not taken; if the sink stops there, the multi handle does not hear of it.
  const CURLcode code = curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  if (code == CURLE_OK) return;
  multi_.remove(easy_.get());
  ended(code);
}

void CurlExchange::begin_counting() {
  came_ = 0;
  counting_since_ = std::chrono::steady_clock::now();
}

void CurlExchange::came(std::size_t bytes) {
  came_ += bytes;
  if (came_ >= options_.stall_bytes) begin_counting();
}

void CurlExchange::watch_for_stall() {
  // Until the request goes out, connect_timeout rules.
  if (!connected_ || paused_) begin_counting();
  if (std::chrono::steady_clock::now() - counting_since_ >= options_.stall_timeout) {
    // curl closes the connection of a transfer that is taken off, but not one of HTTP/2: if the network has forgotten that,
    // every further request would stall on it until the kernel gives up, a quarter of an hour later.
    set_option(easy_.get(), CURLOPT_FORBID_REUSE, 1L);
    multi_.remove(easy_.get());
    sink_.stalled = true;
    const auto seconds = std::chrono::duration<double>(options_.stall_timeout).count();
    const std::string what = came_ == 0 ? "no byte" : fmt::format("no more than {} bytes", came_);
    finish(fail(Errc::Unavailable, fmt::format("{}: stalled: {} for {:g} s", url_.redacted(), what, seconds)));
    return;
  }
  watchdog_.expires_at(counting_since_ + options_.stall_timeout);
  watchdog_.async_wait([weak = weak_from_this()](std::error_code error) {
    const auto self = weak.lock();
    if (!error && self && !self->result_) self->watch_for_stall();
  });
}

void CurlExchange::ended(CURLcode code) {
  handshake_failed_ = of_handshake(code);
  if (stopped_ || (code == CURLE_OK && parser_.complete())) {
    finish(Answer{parser_.head(), redirected() ? parser_.location() : std::string()});
  } else if (code == CURLE_OK) {
    finish(fail(Errc::Unavailable, fmt::format("{}: the answer's head was cut short", url_.redacted())));
  } else if (head_bytes_ > kLongestHead) {
    finish(fail(Errc::Unavailable,
                fmt::format("{}: the answer's head is longer than {} KB", url_.redacted(), kLongestHead / 1024)));
  } else if (!refused_address_.empty() && !socket_opened_) {
    finish(fail(refused_address(url_, refused_address_)));
  } else {
    finish(fail(transfer_error(easy_.get(), code, options_, url_)));
  }
}

Reached CurlExchange::reached() const {
  if (parser_.complete()) return Reached::Answer;
  if (connected_) return Reached::Request;
  if (handshake_failed_) return Reached::Connection;
  curl_off_t microseconds = 0;  // 1 at least where there was a look-up
  const CURLcode known = curl_easy_getinfo(easy_.get(), CURLINFO_NAMELOOKUP_TIME_T, &microseconds);
  return known == CURLE_OK && microseconds > 0 ? Reached::Address : Reached::Nothing;
}

void CurlExchange::finish(Result<Answer> result) {
  sink_.reached = reached();
  result_ = std::move(result);
  done_.notify_all();
}

}  // namespace g2afs
