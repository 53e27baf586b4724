// SPDX-License-Identifier: MIT
#include "curl_multi.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>

#include "g2afs/base/wiped_memory.hpp"

namespace g2afs {
namespace {

void check(CURLMcode code, const char* what) {
  if (code != CURLM_OK) throw std::runtime_error(std::string(what) + ": " + curl_multi_strerror(code));
}

CURLM* make_multi() {
  // Once a process. What curl copies of a request and reads of an answer holds tokens.
  static const CURLcode started = curl_global_init_mem(CURL_GLOBAL_DEFAULT, &std::malloc, &wipe_and_free,
                                                       &wipe_and_reallocate, &::strdup, &std::calloc);
  CURLM* multi = started == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::runtime_error("libcurl cannot start");
  return multi;
}

}  // namespace

/// Waiting for a socket to become readable, or writable.
struct CurlMulti::Direction {
  asio::posix::descriptor_base::wait_type readiness;
  int event;             // what curl is told
  bool wanted = false;   // by curl
  bool waiting = false;  // Asio is
};

/// A socket that curl wants watched. Handlers share it, so that one that comes late finds nothing wanted.
struct CurlMulti::Watch {
  Watch(asio::io_context& context, curl_socket_t fd) : socket(fd), descriptor(context) {}

  curl_socket_t socket;
  asio::posix::stream_descriptor descriptor;
  Direction read{asio::posix::descriptor_base::wait_read, CURL_CSELECT_IN};
  Direction write{asio::posix::descriptor_base::wait_write, CURL_CSELECT_OUT};
};

CurlMulti::CurlMulti(asio::io_context& context, std::size_t idle_connections)
    : context_(context), timer_(context), multi_(make_multi()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(idle_connections));
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);  // calls on_socket for what it closes
  while (!watches_.empty()) unwatch(watches_.begin()->first);
}

void CurlMulti::add(CURL* easy, EndFn on_end) {
  transfers_.emplace(easy, std::move(on_end));
  check(curl_multi_add_handle(multi_, easy), "curl_multi_add_handle");
}

void CurlMulti::remove(CURL* easy) noexcept {
  if (transfers_.erase(easy) != 0) curl_multi_remove_handle(multi_, easy);
}

int CurlMulti::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi.unwatch(socket);
  } else {
    multi.watch(socket, what);
  }
  return 0;
}

void CurlMulti::watch(curl_socket_t socket, int what) {
  auto& watch = watches_[socket];
  if (!watch) {
    watch = std::make_shared<Watch>(context_, socket);
    // An error here would make curl give up every transfer. Unwatched, this one ends as stalled.
    std::error_code ignored;
    watch->descriptor.assign(socket, ignored);
  }
  watch->read.wanted = (what & CURL_POLL_IN) != 0;
  watch->write.wanted = (what & CURL_POLL_OUT) != 0;
  arm(watch, &Watch::read);
  arm(watch, &Watch::write);
}

void CurlMulti::unwatch(curl_socket_t socket) {
  const auto found = watches_.find(socket);
  if (found == watches_.end()) return;
  Watch& watch = *found->second;
  watch.read.wanted = watch.write.wanted = false;
  if (watch.descriptor.is_open()) watch.descriptor.release();
  watches_.erase(found);
}

void CurlMulti::arm(const std::shared_ptr<Watch>& watch, Direction Watch::*which) {
  Direction& direction = *watch.*which;
  if (!direction.wanted || direction.waiting) return;
  direction.waiting = true;
  watch->descriptor.async_wait(direction.readiness, [this, watch, which](std::error_code error) {
    Direction& ready = *watch.*which;
    ready.waiting = false;
    if (error || !ready.wanted) return;  // `this` may be gone, but then nothing is wanted
    act(watch->socket, ready.event);
    arm(watch, which);
  });
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (timeout_ms < 0) {
    multi.timer_.cancel();
    return 0;
  }
  multi.timer_.expires_after(std::chrono::milliseconds{timeout_ms});
  multi.timer_.async_wait([&multi, alive = std::weak_ptr<void>(multi.alive_)](std::error_code error) {
    if (!error && !alive.expired()) multi.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlMulti::act(curl_socket_t socket, int events) {
  int running = 0;
  check(curl_multi_socket_action(multi_, socket, events, &running), "curl_multi_socket_action");
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message goes with the handle
    auto ended = transfers_.extract(message->easy_handle);
    curl_multi_remove_handle(multi_, message->easy_handle);
    if (!ended.empty()) ended.mapped()(code);
  }
}

}  // namespace g2afs
