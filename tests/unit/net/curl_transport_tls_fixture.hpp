// SPDX-License-Identifier: MIT
// A server with a certificate of its own for the tests of CurlTransport over TLS. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"
#include "fakes/tls_identity.hpp"
#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {

class CurlTransportTlsTest : public CurlTransportTest {
 protected:
  /// Serves over TLS as the host `name`; returns the URL.
  std::string serve_as(const char* name) {
    identity = std::make_unique<TlsIdentity>(name);
    identity->use_in(tls);
    loop.spawn(accept());
    return fmt::format("https://127.0.0.1:{}/SECRET?sig=SECRET", acceptor.local_endpoint().port());
  }
  /// Makes the server's own certificate a root the transport trusts.
  void trust_it() {
    options.ca_file = directory / "roots.pem";
    identity->write_as_root(options.ca_file);
  }

  using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;
  /// One connection after its handshake.
  virtual Task<> converse(TlsStream& stream) {
    std::string request;
    co_await asio::async_read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", asio::use_awaitable);
    const std::string text = plain_answer("over TLS");
    co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
    ++answered;
  }

  Task<> accept() {
    for (;;) loop.spawn(answer(co_await acceptor.async_accept(asio::use_awaitable)));
  }
  Task<> answer(asio::ip::tcp::socket socket) {
    try {
      TlsStream stream(std::move(socket), tls);
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      co_await converse(stream);
    } catch (const std::system_error&) {
      // The client does not like this server, or the test is over.
    }
  }

  asio::ssl::context tls{asio::ssl::context::tls_server};
  asio::ip::tcp::acceptor acceptor{loop.context(), {asio::ip::address_v4::loopback(), 0}};
  TemporaryDirectory directory;  // other processes trust other certificates
  std::unique_ptr<TlsIdentity> identity;
  int answered = 0;
};

}  // namespace g2afs::test
