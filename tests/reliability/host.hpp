// SPDX-License-Identifier: MIT
// A host of the fault matrix on loopback, with the faults of the way to it: it can refuse connections, and show a
// certificate that nobody trusts. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/ssl.hpp>

#include "unit/net/wire_server.hpp"

namespace g2afs::test {

using PlainConnection = BasicWireConnection<asio::ip::tcp::socket>;
using TlsConnection = BasicWireConnection<asio::ssl::stream<asio::ip::tcp::socket>>;

/// What talks on a connection, until it returns.
class Conversation {
 public:
  virtual ~Conversation() = default;
  virtual Task<> talk(PlainConnection& connection) = 0;
  virtual Task<> talk(TlsConnection& connection) = 0;
};

class Host {
 public:
  /// Over TLS where there is a context.
  Host(Loop& loop, Conversation& conversation, std::shared_ptr<asio::ssl::context> tls)
      : loop_(loop), conversation_(conversation), tls_(std::move(tls)) {
    // Keeps the port while nothing listens at it, so that no other program gets it then.
    open(reserved_, {asio::ip::address_v4::loopback(), 0});
    listen();
  }

  std::uint16_t port() const { return reserved_.local_endpoint().port(); }

  void refuse_connections(bool refuse) {
    if (refuse == !listening_) return;
    if (refuse) {
      loop_.cancel(accepting_);
      listening_.reset();
    } else {
      listen();
    }
  }
  /// From the next connection on.
  void use(std::shared_ptr<asio::ssl::context> tls) { tls_ = std::move(tls); }

 private:
  using Acceptor = asio::ip::tcp::acceptor;
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

  static void open(Acceptor& acceptor, const asio::ip::tcp::endpoint& at) {
    acceptor.open(at.protocol());
    acceptor.set_option(ReusePort(true));
    acceptor.bind(at);
  }
  void listen() {
    listening_ = std::make_shared<Acceptor>(loop_.context());
    open(*listening_, reserved_.local_endpoint());
    listening_->listen();
    accepting_ = loop_.spawn(accept(listening_));
  }
  Task<> accept(std::shared_ptr<Acceptor> acceptor) {
    for (;;) {
      auto socket = co_await acceptor->async_accept(asio::use_awaitable);
      loop_.spawn(serve(std::move(socket), tls_));
    }
  }
  Task<> serve(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) {
    try {
      if (!tls) {
        PlainConnection connection(std::move(socket));
        co_await conversation_.talk(connection);
        co_return;
      }
      asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), *tls);
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      TlsConnection connection(std::move(stream));
      co_await conversation_.talk(connection);
    } catch (const std::system_error&) {
      // The client has gone, or the test is over.
    }
  }

  Loop& loop_;
  Conversation& conversation_;
  std::shared_ptr<asio::ssl::context> tls_;
  Acceptor reserved_{loop_.context()};
  std::shared_ptr<Acceptor> listening_;
  TaskId accepting_{};
};

}  // namespace g2afs::test
