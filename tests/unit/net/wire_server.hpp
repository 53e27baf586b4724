// SPDX-License-Identifier: MIT
// An HTTP server on the test's own loop whose every byte a test decides. Loop thread only.
//
// Each connection is handed to a script, a coroutine that reads requests and writes what it likes; the
// connection closes when the script returns. No threads and no sleeping: a script that must wait for the test
// waits on an Event.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "g2afs/net/loop.hpp"

namespace g2afs::test {

/// A request as it came.
struct WireRequest {
  std::string line;
  std::vector<std::string> fields;  // "Name: value"
  std::string body;                 // as long as Content-Length says

  /// The value of a field, nothing where it was not sent.
  std::optional<std::string> field(std::string_view name) const {
    for (const std::string& text : fields) {
      const auto colon = text.find(": ");
      const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
      if (colon == name.size() && std::equal(name.begin(), name.end(), text.begin(), same)) {
        return text.substr(colon + 2);
      }
    }
    return std::nullopt;
  }
  std::string target() const { return line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1); }
};

/// Stream: a TCP socket, or TLS over one.
template <class Stream>
class BasicWireConnection {
 public:
  explicit BasicWireConnection(Stream stream) : stream_(std::move(stream)) {}

  /// Throws asio's end of file where the client has closed.
  Task<WireRequest> read() {
    const std::size_t length =
        co_await asio::async_read_until(stream_, asio::dynamic_buffer(buffer_), "\r\n\r\n", asio::use_awaitable);
    WireRequest request;
    std::string_view head = std::string_view(buffer_).substr(0, length - 2);
    for (std::size_t end; (end = head.find("\r\n")) != std::string_view::npos; head.remove_prefix(end + 2)) {
      if (request.line.empty()) {
        request.line = head.substr(0, end);
      } else {
        request.fields.emplace_back(head.substr(0, end));
      }
    }
    buffer_.erase(0, length);
    const std::size_t body_length = std::stoul(request.field("Content-Length").value_or("0"));
    while (buffer_.size() < body_length) co_await read_more();
    request.body = buffer_.substr(0, body_length);
    buffer_.erase(0, body_length);
    co_return request;
  }

  Task<> write(std::string text) { co_await asio::async_write(stream_, asio::buffer(text), asio::use_awaitable); }

  /// Returns when the client has closed its side; what it sends until then is dropped.
  Task<> closed() {
    try {
      for (;;) co_await read_more();
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    }
  }

  /// Closes with a reset instead of an end.
  void reset() {
    stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0));
    stream_.lowest_layer().close();
  }

 private:
  Task<> read_more() {
    std::array<char, 4096> piece;
    const std::size_t got = co_await stream_.async_read_some(asio::buffer(piece), asio::use_awaitable);
    buffer_.append(piece.data(), got);
  }

  Stream stream_;
  std::string buffer_;
};

using WireConnection = BasicWireConnection<asio::ip::tcp::socket>;

class WireServer {
 public:
  using Script = std::function<Task<>(WireConnection&)>;

  WireServer(Loop& loop, Script script)
      : loop_(loop), acceptor_(loop.context(), {asio::ip::address_v4::loopback(), 0}), script_(std::move(script)) {
    loop_.spawn(accept());
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", port(), path); }
  int connections() const { return connections_; }

 private:
  Task<> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      ++connections_;
      loop_.spawn(serve(WireConnection(std::move(socket))));
    }
  }

  Task<> serve(WireConnection connection) {
    try {
      co_await script_(connection);
    } catch (const std::system_error&) {
      // The client has gone, or the test is over.
    }
  }

  Loop& loop_;
  asio::ip::tcp::acceptor acceptor_;
  Script script_;
  int connections_ = 0;
};

/// `HTTP/1.1 200 OK` with its length and the body.
inline std::string plain_answer(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

/// `HTTP/1.1 302 Found` with a short body of its own.
inline std::string redirect_to(std::string_view location) {
  return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 5\r\n\r\nmoved", location);
}

}  // namespace g2afs::test
