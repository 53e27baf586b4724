// SPDX-License-Identifier: MIT
// The loopback redirect of a login (RFC 8252, 7.3): a server for one browser, on 127.0.0.1 only, until the answer has come.
// Loop thread only.
//
// Anything on the machine can connect, and a browser does so before it has a request: connections are few, short-lived and
// bounded in what they may say, and none keeps another waiting. What is no answer gets a page and changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <asio/ip/tcp.hpp>

#include "g2afs/base/error.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class RedirectListener {
 public:
  struct Page {
    int status = 200;
    std::string text;   // escaped as it is sent
    bool last = false;  // the answer has come
  };
  /// What is said to a GET of `/` with this query (as it came).
  using OnQuery = std::function<Page(std::string_view query)>;

  RedirectListener(Loop& loop, Clock& clock, OnQuery on_query);

  /// Unavailable if the port is taken or not ours to take; 0 is any free one.
  Result<void> listen(std::uint16_t port);
  std::uint16_t port() const { return port_; }

  /// Serves until a page that is the last one has been sent.
  Task<> run();

 private:
  struct Connection;
  Task<> serve(std::shared_ptr<Connection> connection);
  Task<> end_in_time(std::weak_ptr<Connection> connection);
  Page answer(std::string_view method, std::string_view target) const;

  Loop& loop_;
  Clock& clock_;
  OnQuery on_query_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::size_t connections_ = 0;
  bool answered_ = false;
};

}  // namespace g2afs
