// SPDX-License-Identifier: MIT
#include "g2afs/app/redirect_listener.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace g2afs {
namespace {

namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

// A browser opens a few ahead of its requests.
constexpr std::size_t kMostConnections = 16;
// From the first byte to the last: nothing travels farther than this machine.
constexpr std::chrono::seconds kLongestConnection{10};
// A code is some hundred bytes long; a browser's own fields, cookies of other servers on 127.0.0.1 among them, a few KB.
constexpr std::uint32_t kLongestHead = 32 << 10;

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string response(const RedirectListener::Page& page) {
  const std::string body = fmt::format(
      "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>g2afs</title></head>"
      "<body><p>{}</p></body></html>\n",
      escaped(page.text));
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(page.status)));
  // The code is in the page's URL: it goes nowhere from here.
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n"
      "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
      "Content-Security-Policy: default-src 'none'\r\n{}\r\n{}",
      page.status, std::string_view(reason.data(), reason.size()), body.size(),
      page.status == 405 ? "Allow: GET\r\n" : "", body);
}

}  // namespace

struct RedirectListener::Connection {
  Tcp::socket socket;
};

RedirectListener::RedirectListener(Loop& loop, Clock& clock, OnQuery on_query)
    : loop_(loop), clock_(clock), on_query_(std::move(on_query)), acceptor_(loop.context()) {}

Result<void> RedirectListener::listen(std::uint16_t port) {
  const Tcp::endpoint address(asio::ip::address_v4::loopback(), port);
  std::error_code error;
  acceptor_.open(address.protocol(), error);
  // A login that ended a moment ago is not in the way; one that goes on is.
  if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(address, error);
  if (!error) acceptor_.listen(static_cast<int>(kMostConnections), error);
  if (error) return fail(Errc::Unavailable, fmt::format("127.0.0.1:{}: {}", port, error.message()));
  port_ = acceptor_.local_endpoint().port();
  return {};
}

Task<> RedirectListener::run() {
  while (!answered_) {
    std::error_code error;
    Tcp::socket socket(loop_.context());
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error || connections_ >= kMostConnections) continue;
    loop_.spawn(serve(std::make_shared<Connection>(Connection{std::move(socket)})));
  }
}

Task<> RedirectListener::serve(std::shared_ptr<Connection> connection) {
  ++connections_;
  const TaskId ending = loop_.spawn(end_in_time(connection));
  struct Leave {
    RedirectListener& listener;
    TaskId ending;
    ~Leave() {
      --listener.connections_;
      listener.loop_.cancel(ending);
    }
  } leave{*this, ending};

  Tcp::socket& socket = connection->socket;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kLongestHead);
  std::string head;
  std::array<char, 4096> part{};
  Page page{400, "This is no request that a browser sends.", false};
  for (;;) {
    std::error_code error;
    const std::size_t got =
        co_await socket.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    head.append(part.data(), got);
    boost::beast::error_code malformed;
    head.erase(0, parser.put(boost::asio::buffer(head), malformed));
    if (malformed == http::error::need_more && head.size() < kLongestHead) continue;
    if (parser.is_header_done()) {
      const auto method = parser.get().method_string(), target = parser.get().target();
      page = answer({method.data(), method.size()}, {target.data(), target.size()});
    } else if (!malformed) {
      continue;
    }
    break;
  }
  const std::string text = response(page);
  std::error_code ignored;  // whether or not the browser is still there, the answer has come
  co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, ignored));
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
  if (!page.last) co_return;
  answered_ = true;
  acceptor_.close(ignored);  // ends run()
}

Task<> RedirectListener::end_in_time(std::weak_ptr<Connection> connection) {
  co_await clock_.sleep(kLongestConnection);
  std::error_code ignored;
  if (const auto self = connection.lock()) self->socket.close(ignored);
}

RedirectListener::Page RedirectListener::answer(std::string_view method, std::string_view target) const {
  const auto question = target.find('?');
  if (target.substr(0, question) != "/") return {404, "There is nothing here.", false};
  if (method != "GET") return {405, "Only GET is answered here.", false};
  return on_query_(question == std::string_view::npos ? std::string_view() : target.substr(question + 1));
}

}  // namespace g2afs
