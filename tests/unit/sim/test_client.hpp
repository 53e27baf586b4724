// SPDX-License-Identifier: MIT
// A simulator inside the test and the plainest HTTP client there is: it sends what it is told and reads until
// the end, so that what comes back is seen as it is. One thread each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/simulator.hpp"

namespace g2a_sim::test {

struct Reply {
  int status = 0;                              // 0: no HTTP answer came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool complete = false;  // as long as Content-Length said
  bool reset = false;     // ended by RST

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class TestConnection {
 public:
  explicit TestConnection(int port);
  TestConnection(const TestConnection&) = delete;
  TestConnection& operator=(const TestConnection&) = delete;
  ~TestConnection();

  void send(const std::string& method, const std::string& target, const std::vector<std::string>& headers = {},
            const std::string& body = "");
  // Reads one answer: to its announced length, or to the end of the connection. `head_only` after a HEAD.
  Reply receive(bool head_only = false);
  // Reads at least `count` more bytes, or to the end; what came.
  std::string receive_bytes(std::size_t count);

 private:
  bool receive_more();

  int socket_;
  std::string buffer_;
  bool reset_ = false;
};

class SimTest : public ::testing::Test {
 protected:
  static constexpr const char* kRecordings = "/G2A/rest/v1/archive/recordings";
  static constexpr const char* kKey = "accountKey=9300000000000000007";

  // Options that most tests start from: a fixed access token "T" and whatever `change` does.
  static SimOptions basic_options();
  void start(SimOptions options);

  // To the API port, with the token.
  Reply call(const std::string& method, const std::string& target, const std::string& body = "");
  Reply list(const std::string& filters) { return call("GET", std::string(kRecordings) + "?" + filters); }
  std::vector<std::uint64_t> download_ids(const std::string& filters);
  std::vector<std::uint64_t> transcode_ids(const std::string& filters);
  Reply urls(const std::string& query) { return call("GET", std::string(kRecordings) + "/urls?" + query); }
  nlohmann::json entry(std::uint64_t id);
  // To wherever a URL points, without credentials.
  Reply fetch(const std::string& url, const std::vector<std::string>& headers = {}, const std::string& method = "GET");
  nlohmann::json control(const std::string& method, const std::string& what, const nlohmann::json& body = nullptr);
  nlohmann::json counts(const std::string& endpoint) { return control("GET", "counts")[endpoint]; }
  nlohmann::json log(const std::string& endpoint) { return control("GET", "log?endpoint=" + endpoint); }
  void add_recording(std::uint64_t id, const std::string& start, nlohmann::json more = nlohmann::json::object());

  std::unique_ptr<Simulator> sim_;
};

// Port and target of an http URL.
std::pair<int, std::string> split_url(const std::string& url);

}  // namespace g2a_sim::test
