// SPDX-License-Identifier: MIT
// What the tests of CurlTransport share: loop, scripted server, and a sink that keeps all. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "unit/net/loop_fixture.hpp"
#include "unit/net/wire_server.hpp"

#include "g2afs/net/curl_transport.hpp"

namespace g2afs::test {

/// Keeps the answer; a test may decide what is returned to the transport.
class TestSink final : public BodySink {
 public:
  Flow on_head(const ResponseHead& head) override {
    EXPECT_TRUE(body.empty()) << "the head comes first";
    heads.push_back(head);
    changed.notify_all();
    return answer_head ? answer_head() : Flow::Continue;
  }
  Flow on_data(std::span<const std::byte> data) override {
    EXPECT_EQ(heads.size(), 1u);
    EXPECT_FALSE(data.empty());
    ++data_calls;
    changed.notify_all();
    const Flow flow = answer_data ? answer_data() : Flow::Continue;
    if (flow == Flow::Continue) body.append(reinterpret_cast<const char*>(data.data()), data.size());
    return flow;
  }

  std::function<Flow()> answer_head, answer_data;
  std::vector<ResponseHead> heads;
  std::string body;
  int data_calls = 0;
  Event changed;
};

class CurlTransportTest : public LoopFixture {
 protected:
  void SetUp() override {
    options.local_origin = true;  // the server is on loopback
  }
  void serve(WireServer::Script script) { server.emplace(loop, std::move(script)); }

  /// The transport, made with `options` at its first use.
  Transport& transport() {
    if (!transport_) transport_ = std::make_unique<CurlTransport>(loop, clock, options, *log);
    return *transport_;
  }

  static HttpRequest to(const std::string& url, Purpose purpose = Purpose::Media) {
    HttpRequest request;
    request.purpose = purpose;
    request.url = Url::parse(url).value();
    return request;
  }
  HttpRequest media(std::string_view path = "/SECRET?sig=SECRET") const { return to(server->url(path)); }
  HttpRequest api(std::string_view path = "/SECRET?sig=SECRET") const { return to(server->url(path), Purpose::Api); }

  Task<> fetch(HttpRequest request, TestSink& sink, std::optional<Result<ResponseHead>>& result) {
    result.emplace(co_await transport().perform(std::move(request), sink));
  }
  TaskId start(HttpRequest request, TestSink& sink, std::optional<Result<ResponseHead>>& result) {
    return loop.spawn(fetch(std::move(request), sink, result));
  }
  /// Performs the request to its end.
  Result<ResponseHead> perform(HttpRequest request, TestSink& sink) {
    std::optional<Result<ResponseHead>> result;
    start(std::move(request), sink, result);
    run_until([&] { return result.has_value(); });
    return *result;
  }
  Result<ResponseHead> perform(HttpRequest request) {
    TestSink sink;
    return perform(std::move(request), sink);
  }

  /// Runs the loop until the condition holds. Throws where the test would hang.
  template <class Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kHangs;
    loop.context().restart();
    while (!condition()) {
      if (loop.context().run_one_until(deadline) == 0) throw std::runtime_error("the test hangs");
    }
  }

  /// The failure is of this kind, says this, and tells nothing of the URL but its origin.
  static void expect_failure(const Result<ResponseHead>& result, Errc code, const std::string& words) {
    ASSERT_FALSE(result) << "status " << result->status;
    EXPECT_EQ(result.error().code, code) << result.error().what;
    EXPECT_THAT(result.error().what, testing::HasSubstr(words));
    EXPECT_THAT(result.error().what, testing::Not(testing::HasSubstr("SECRET")));
    EXPECT_THAT(result.error().what, testing::Not(testing::HasSubstr("\n")));
  }

  std::shared_ptr<Log> log = make_null_log();
  FakeClock clock;  // for the pauses that servers ask for; the timeouts are real
  CurlOptions options;
  std::optional<WireServer> server;

 private:
  std::unique_ptr<CurlTransport> transport_;
};

}  // namespace g2afs::test
