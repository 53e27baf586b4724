// SPDX-License-Identifier: MIT
#include "test_client.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace g2a_sim::test {

TestConnection::TestConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to the simulator");
  }
}

TestConnection::~TestConnection() { ::close(socket_); }

void TestConnection::send(const std::string& method, const std::string& target, const std::vector<std::string>& headers,
                          const std::string& body) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: sim\r\nContent-Length: {}\r\n", method, target, body.size());
  for (const auto& header : headers) text += header + "\r\n";
  text += "\r\n" + body;
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

bool TestConnection::receive_more() {
  char bytes[65'536];
  const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
  if (n < 0) reset_ = errno == ECONNRESET;
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

Reply TestConnection::receive(bool head_only) {
  Reply reply;
  std::size_t head_end;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) {
      reply.reset = reset_;
      return reply;
    }
  }
  const std::string head = buffer_.substr(0, head_end + 2);
  buffer_.erase(0, head_end + 4);
  if (!head.starts_with("HTTP/1.1 ")) return reply;
  reply.status = std::stoi(head.substr(9, 3));
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(':', at);
    std::string name = head.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.headers[name] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  const std::size_t length =
      head_only || !reply.headers.contains("content-length") ? 0 : std::stoul(reply.headers["content-length"]);
  while (buffer_.size() < length && receive_more()) {
  }
  reply.complete = buffer_.size() >= length;
  reply.reset = reset_;
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

std::string TestConnection::receive_bytes(std::size_t count) {
  while (buffer_.size() < count && receive_more()) {
  }
  return std::exchange(buffer_, {});
}

SimOptions SimTest::basic_options() {
  SimOptions options;
  options.access_token = "T";
  options.size_min = 1;
  options.size_max = 300'000;
  return options;
}

void SimTest::start(SimOptions options) { sim_ = std::make_unique<Simulator>(std::move(options)); }

Reply SimTest::call(const std::string& method, const std::string& target, const std::string& body) {
  TestConnection connection(sim_->port());
  connection.send(method, target, {"Authorization: Bearer T", "Accept: application/json"}, body);
  return connection.receive(method == "HEAD");
}

std::vector<std::uint64_t> SimTest::download_ids(const std::string& filters) {
  return list(filters).json().at("readyForDownload");
}

std::vector<std::uint64_t> SimTest::transcode_ids(const std::string& filters) {
  return list(filters).json().at("readyForTranscode");
}

nlohmann::json SimTest::entry(std::uint64_t id) { return urls(fmt::format("recordingIds={}", id)).json().at(0); }

Reply SimTest::fetch(const std::string& url, const std::vector<std::string>& headers, const std::string& method) {
  const auto [port, target] = split_url(url);
  TestConnection connection(port);
  connection.send(method, target, headers);
  return connection.receive(method == "HEAD");
}

nlohmann::json SimTest::control(const std::string& method, const std::string& what, const nlohmann::json& body) {
  const Reply reply = call(method, "/_sim/" + what, body.is_null() ? "" : body.dump());
  EXPECT_EQ(reply.status, 200) << method << ' ' << what << ": " << reply.body;
  return reply.status == 200 ? reply.json() : nlohmann::json();
}

void SimTest::add_recording(std::uint64_t id, const std::string& start, nlohmann::json more) {
  more["id"] = id;
  more["start"] = start;
  control("POST", "recordings", more);
}

std::pair<int, std::string> split_url(const std::string& url) {
  const std::size_t colon = url.find(':', 7);
  const std::size_t slash = url.find('/', colon);
  return {std::stoi(url.substr(colon + 1, slash - colon - 1)), url.substr(slash)};
}

}  // namespace g2a_sim::test
