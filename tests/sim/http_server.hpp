// SPDX-License-Identifier: MIT
// An HTTP/1.1 server on loopback that does what it is told to, well or badly.
//
// Not cpp-httplib: there a handler cannot reach the socket (no RST, no cut inside a body, no wait that
// notices that the client left), ranges are answered before the handler can spoil them, and the packaged
// library has a listen backlog of 5. Boost.Beast parses the requests; the sockets are our own.
//
// One thread a connection with a small stack: a thousand stalled reads are a thousand sleeping threads and
// delay nobody. Any thread may call stop().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "sim/gate.hpp"
#include "sim/http_message.hpp"
#include "sim/request_log.hpp"

namespace g2a_sim {

class HttpServer {
 public:
  struct Answer {
    HttpResponse response;
    std::unique_ptr<RequestLog::Trace> trace;  // may be null
  };
  using Handler = std::function<Answer(const HttpRequest&)>;

  // Listens at once (throws StartError), serves after start(). `connections` numbers connections across
  // servers.
  HttpServer(int port, Gate& gate, std::atomic<std::uint64_t>& connections, int idle_seconds, Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  int port() const { return port_; }
  void start();
  // Closes every connection and waits for their threads; release the gate first.
  void stop();

 private:
  void accept_loop();
  bool spawn(int socket);
  void serve(int socket);

  int port_;
  int listener_;
  Gate& gate_;
  std::atomic<std::uint64_t>& connections_;
  int idle_seconds_;
  Handler handler_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  bool stopping_ = false;
  std::set<int> sockets_;
};

}  // namespace g2a_sim
