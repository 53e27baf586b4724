// SPDX-License-Identifier: MIT
// A browser's part of a login, over real sockets: sends bytes to a port of this machine and returns all that comes back.
// Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "g2afs/net/loop.hpp"

namespace g2afs::test {

inline Task<std::string> send_bytes(Loop& loop, std::uint16_t port, std::string bytes) {
  asio::ip::tcp::socket socket(loop.context());
  const asio::ip::tcp::endpoint address(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(address, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
  std::string answer;
  std::error_code end;
  co_await asio::async_read(socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  co_return answer;
}

inline Task<std::string> get_page(Loop& loop, std::uint16_t port, const std::string& target) {
  return send_bytes(loop, port, "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n");
}

/// Runs the loop until this task has ended, whatever else goes on.
template <class T>
T run_alone(Loop& loop, Task<T> task) {
  std::optional<T> result;
  struct Keep {
    static Task<> run(Loop& loop, std::optional<T>& out, Task<T> inner) {
      out.emplace(co_await std::move(inner));
      loop.stop();
    }
  };
  loop.spawn(Keep::run(loop, result, std::move(task)));
  loop.run();
  return std::move(*result);
}

}  // namespace g2afs::test
