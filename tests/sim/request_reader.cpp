// SPDX-License-Identifier: MIT
#include "sim/request_reader.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "sim/socket_io.hpp"

namespace g2a_sim {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kHeaderLimit = 8U << 20U;  // request lines of any length: --max-request-line sets the limit
constexpr std::uint64_t kBodyLimit = 256ULL << 20U;

// False when the path or the query holds a malformed escape.
bool convert(const http::request<http::string_body>& from, HttpRequest& to) {
  to = {};
  to.method = std::string(from.method_string());
  to.target = std::string(from.target());
  to.body = from.body();
  to.keep_alive = from.keep_alive();
  for (const auto& field : from) to.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  const std::size_t question = to.target.find('?');
  auto path = percent_decode(std::string_view(to.target).substr(0, question), false);
  auto query = question == std::string::npos ? Fields{} : parse_form(std::string_view(to.target).substr(question + 1));
  if (!path || !query) return false;
  to.path = std::move(*path);
  to.query = std::move(*query);
  return true;
}

}  // namespace

RequestReader::Outcome RequestReader::read(HttpRequest& request) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  bool continued = false;
  for (;;) {
    if (!buffer_.empty()) {
      boost::beast::error_code error;
      const std::size_t used = parser.put(boost::asio::buffer(buffer_), error);
      buffer_.erase(0, used);
      if (error && error != http::error::need_more) return Outcome::kMalformed;
      if (parser.is_done()) return convert(parser.get(), request) ? Outcome::kRequest : Outcome::kMalformed;
    }
    if (parser.is_header_done() && !continued && parser.get()[http::field::expect] == "100-continue") {
      send_all(socket_, "HTTP/1.1 100 Continue\r\n\r\n");
      continued = true;
    }
    if (!receive_some(socket_, buffer_, idle_seconds_)) return Outcome::kClosed;
  }
}

}  // namespace g2a_sim
