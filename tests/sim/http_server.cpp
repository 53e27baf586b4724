// SPDX-License-Identifier: MIT
#include "sim/http_server.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/request_reader.hpp"
#include "sim/response_writer.hpp"
#include "sim/socket_io.hpp"

namespace g2a_sim {
namespace {

// Enough for the JSON library's recursion and a sanitizer's larger frames; only touched pages cost memory.
constexpr std::size_t kStackBytes = 1U << 20U;

bool start_detached(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto owned = std::make_unique<std::function<void()>>(std::move(work));
  pthread_t thread;
  const int error = pthread_create(
      &thread, &attributes,
      [](void* argument) -> void* {
        const std::unique_ptr<std::function<void()>> run(static_cast<std::function<void()>*>(argument));
        (*run)();
        return nullptr;
      },
      owned.get());
  pthread_attr_destroy(&attributes);
  if (error == 0) static_cast<void>(owned.release());
  return error == 0;
}

}  // namespace

HttpServer::HttpServer(int port, Gate& gate, std::atomic<std::uint64_t>& connections, int idle_seconds, Handler handler)
    : port_(port),
      listener_(listen_on_loopback(port_)),
      gate_(gate),
      connections_(connections),
      idle_seconds_(idle_seconds),
      handler_(std::move(handler)) {}

HttpServer::~HttpServer() {
  stop();
  ::close(listener_);
}

void HttpServer::start() {
  acceptor_ = std::thread([this] { accept_loop(); });
}

void HttpServer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  if (acceptor_.joinable()) acceptor_.join();
  std::unique_lock lock(mutex_);
  all_ended_.wait(lock, [this] { return sockets_.empty(); });
}

void HttpServer::accept_loop() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int error = errno;
    if (socket >= 0) {
      if (!spawn(socket)) ::close(socket);
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    // Out of descriptors: others will end.
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) gate_.ticket().wait(-1, 0.05);
  }
}

bool HttpServer::spawn(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    sockets_.insert(socket);
  }
  if (start_detached([this, socket] { serve(socket); })) return true;
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
  return false;
}

void HttpServer::serve(int socket) {
  const std::uint64_t number = ++connections_;
  RequestReader reader(socket, idle_seconds_);
  HttpRequest request;
  for (bool again = true; again;) {
    const auto outcome = reader.read(request);
    if (outcome == RequestReader::Outcome::kClosed) break;
    if (outcome == RequestReader::Outcome::kMalformed) {
      HttpResponse response = error_response(400, "malformed HTTP request");
      response.close = true;
      write_response(socket, gate_.ticket(), {}, response, nullptr);
      break;
    }
    request.connection = number;
    const Gate::Ticket ticket = gate_.ticket();
    Answer answer = handler_(request);
    again = write_response(socket, ticket, request, answer.response, answer.trace.get());
  }
  // Under the lock, so that stop() never touches a descriptor that is somebody else's by now, and never
  // returns while this thread still needs *this.
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
  ::close(socket);
  if (sockets_.empty()) all_ended_.notify_all();
}

}  // namespace g2a_sim
