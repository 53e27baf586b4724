// SPDX-License-Identifier: MIT
// Stop, pause, cancellation, and how many transfers run at once.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// A text in which every part differs from every other.
std::string counted(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

class CurlTransportFlowTest : public CurlTransportTest {
 protected:
  /// Answers every request with `body`.
  void serve_body(std::string body) {
    serve([this, body](WireConnection& connection) -> Task<> {
      for (;;) {
        const WireRequest request = co_await connection.read();
        targets.push_back(request.target());
        co_await connection.write(plain_answer(body));
      }
    });
  }
  /// Announces more than it sends, then waits for the client to close.
  void serve_half() {
    serve([this](WireConnection& connection) -> Task<> {
      co_await connection.read();
      co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
      co_await connection.closed();
      ++closed;
    });
  }
  TaskId start(HttpRequest request, TestSink& sink, std::optional<Result<ResponseHead>>& result) {
    return loop.spawn(fetch(std::move(request), sink, result));
  }

  std::vector<std::string> targets;
  int closed = 0;
};

TEST_F(CurlTransportFlowTest, StopAtTheHeadIsASuccessWithoutABody) {
  serve_half();
  TestSink sink;
  sink.answer_head = [] { return Flow::Stop; };
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->content_length, 1'000'000u);
  EXPECT_EQ(sink.data_calls, 0);
  run_until([&] { return closed == 1; });
}

TEST_F(CurlTransportFlowTest, StopInTheBodyIsASuccessAndNothingMoreComes) {
  serve_half();
  TestSink sink;
  sink.answer_data = [] { return Flow::Stop; };
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(sink.data_calls, 1);
  run_until([&] { return closed == 1; });
}

TEST_F(CurlTransportFlowTest, APausedBodyWaitsForResumeAndLosesNothing) {
  const std::string body = counted(3'000'000);
  serve_body(body);
  TestSink sink;
  int pauses = 0;
  sink.answer_data = [&] {
    if (sink.data_calls % 2 == 0) return Flow::Continue;
    ++pauses;  // takes nothing; then the same comes again
    return Flow::Pause;
  };
  std::optional<Result<ResponseHead>> result;
  start(media(), sink, result);
  for (int seen = 0; !result; seen = pauses) {
    run_until([&] { return pauses > seen || result; });
    sink.resume();
  }
  ASSERT_TRUE(*result) << result->error().what;
  EXPECT_TRUE(sink.body == body);
  EXPECT_GT(pauses, 10);
}

TEST_F(CurlTransportFlowTest, ResumeFromWithinOnDataIsNotLost) {
  const std::string body = counted(1'000'000);
  serve_body(body);
  TestSink sink;
  bool again = false;
  sink.answer_data = [&] {
    again = !again;
    sink.resume();
    return again ? Flow::Pause : Flow::Continue;
  };
  ASSERT_TRUE(perform(media(), sink));
  EXPECT_TRUE(sink.body == body);
}

TEST_F(CurlTransportFlowTest, OneTransfersSinkMayResumeAnother) {
  const std::string body = counted(500'000);
  serve_body(body);
  TestSink first, second;
  bool waits = true;
  first.answer_data = [&] { return waits ? Flow::Pause : Flow::Continue; };
  std::optional<Result<ResponseHead>> result;
  start(media(), first, result);
  run_until([&] { return first.data_calls > 0; });
  second.answer_data = [&] {
    waits = false;
    first.resume();
    return Flow::Continue;
  };
  ASSERT_TRUE(perform(media(), second));
  run_until([&] { return result.has_value(); });
  ASSERT_TRUE(*result);
  EXPECT_TRUE(first.body == body);
  EXPECT_TRUE(second.body == body);
}

TEST_F(CurlTransportFlowTest, AWholeBodyThatIsPausedComesAfterResume) {
  serve_body("small");
  TestSink sink;
  bool waits = true;
  sink.answer_data = [&] { return waits ? Flow::Pause : Flow::Continue; };
  std::optional<Result<ResponseHead>> result;
  start(media(), sink, result);
  run_until([&] { return sink.data_calls == 1; });
  ASSERT_TRUE(perform(api())) << "the other one goes on meanwhile";
  EXPECT_FALSE(result);
  waits = false;
  sink.resume();
  run_until([&] { return result.has_value(); });
  ASSERT_TRUE(*result);
  EXPECT_EQ(sink.body, "small");
}

TEST_F(CurlTransportFlowTest, StopWhereAPausedBodyIsBroughtAgain) {
  serve_half();
  TestSink sink;
  sink.answer_data = [&] { return sink.data_calls == 1 ? Flow::Pause : Flow::Stop; };
  std::optional<Result<ResponseHead>> result;
  start(media(), sink, result);
  run_until([&] { return sink.data_calls == 1; });
  sink.resume();
  run_until([&] { return result.has_value() && closed == 1; });
  EXPECT_TRUE(*result);
  EXPECT_EQ(sink.data_calls, 2);
}

TEST_F(CurlTransportFlowTest, ResumeIsHarmlessAtAnyTime) {
  serve_body("small");
  TestSink sink;
  sink.answer_head = [&] {
    sink.resume();
    return Flow::Continue;
  };
  ASSERT_TRUE(perform(media(), sink));
  const auto late = sink.resume;
  sink.resume();
  ASSERT_TRUE(perform(media()));
  late();
  ASSERT_TRUE(perform(media()));
  EXPECT_EQ(sink.body, "small");
}

TEST_F(CurlTransportFlowTest, CancelMidBodyClosesTheConnectionAndFreesItsPlace) {
  options.max_connections = 1;
  serve_half();
  TestSink sink;
  std::optional<Result<ResponseHead>> result;
  const TaskId id = start(media(), sink, result);
  run_until([&] { return sink.body == "half"; });
  loop.cancel(id);
  run_until([&] { return closed == 1; });
  EXPECT_FALSE(result);
  TestSink next;
  next.answer_data = [] { return Flow::Stop; };
  EXPECT_TRUE(perform(media(), next));
}

TEST_F(CurlTransportFlowTest, CancelOfAPausedTransferClosesTheConnection) {
  serve_half();
  TestSink sink;
  sink.answer_data = [] { return Flow::Pause; };
  std::optional<Result<ResponseHead>> result;
  const TaskId id = start(media(), sink, result);
  run_until([&] { return sink.data_calls == 1; });
  sink.resume();  // under way when the transfer has gone
  loop.cancel(id);
  run_until([&] { return closed == 1; });
  sink.resume();
  TestSink next;
  next.answer_data = [] { return Flow::Stop; };
  EXPECT_TRUE(perform(media(), next));
  EXPECT_FALSE(result);
  EXPECT_EQ(sink.body, "");
}

TEST_F(CurlTransportFlowTest, CancelFromWithinOnData) {
  serve_half();
  TestSink sink;
  std::optional<Result<ResponseHead>> result;
  TaskId id;
  sink.answer_data = [&] {
    loop.cancel(id);
    return Flow::Continue;
  };
  id = start(media(), sink, result);
  run_until([&] { return closed == 1; });
  EXPECT_FALSE(result);
  EXPECT_EQ(sink.data_calls, 1);
}

class CurlTransportTurnsTest : public CurlTransportFlowTest {
 protected:
  /// Holds every request until it is released.
  void SetUp() override {
    CurlTransportFlowTest::SetUp();
    serve([this](WireConnection& connection) -> Task<> {
      for (;;) {
        const WireRequest request = co_await connection.read();
        targets.push_back(request.target());
        most_at_once = std::max(most_at_once, ++held);
        const std::size_t mine = targets.size();
        while (released < mine) co_await release.wait();
        --held;
        co_await connection.write(plain_answer(request.target()));
      }
    });
  }
  void release_one() {
    ++released;
    release.notify_all();
  }
  struct Transfer {
    TestSink sink;
    std::optional<Result<ResponseHead>> result;
    TaskId id;
  };
  Transfer& add(std::string_view path, Priority priority, Purpose purpose = Purpose::Media) {
    auto& transfer = *transfers.emplace_back(std::make_unique<Transfer>());
    HttpRequest request = to(server->url(path), purpose);
    request.priority = priority;
    transfer.id = start(std::move(request), transfer.sink, transfer.result);
    return transfer;
  }

  std::vector<std::unique_ptr<Transfer>> transfers;
  int held = 0, most_at_once = 0;
  std::size_t released = 0;
  Event release;
};

TEST_F(CurlTransportTurnsTest, InteractiveRequestsGoBeforeBulkOnes) {
  options.max_connections = 1;
  add("/first", Priority::Bulk);
  run_until([&] { return held == 1; });
  add("/bulk1", Priority::Bulk);
  add("/bulk2", Priority::Bulk);
  add("/soon1", Priority::Interactive);
  Transfer& cancelled = add("/cancelled", Priority::Interactive);
  add("/soon2", Priority::Interactive);
  loop.cancel(cancelled.id);
  for (std::size_t i = 1; i <= 5; ++i) {
    run_until([&] { return targets.size() == i; });
    loop.context().poll();
    release_one();
  }
  run_until([&] { return transfers.back()->result && transfers[2]->result; });
  EXPECT_THAT(targets, ElementsAre("/first", "/soon1", "/soon2", "/bulk1", "/bulk2"));
  EXPECT_EQ(most_at_once, 1);
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(CurlTransportTurnsTest, ApiRequestsDoNotWaitForMedia) {
  options.max_connections = 1;
  add("/media", Priority::Interactive);
  run_until([&] { return held == 1; });
  for (int i = 0; i < 4; ++i) add("/api", Priority::Bulk, Purpose::Api);
  run_until([&] { return held == 5; });
  EXPECT_EQ(targets.front(), "/media");
}

TEST_F(CurlTransportTurnsTest, ManyTransfersShareTheConnectionsThereAre) {
  options.max_connections = 8;
  for (int i = 0; i < 200; ++i) add("/" + std::to_string(i), Priority::Bulk);
  run_until([&] { return held == 8; });
  released = 200;
  release.notify_all();
  run_until([&] {
    return std::all_of(transfers.begin(), transfers.end(),
                       [](const auto& one) { return one->result.has_value(); });
  });
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(*transfers[i]->result) << transfers[i]->result->error().what;
    EXPECT_EQ(transfers[i]->sink.body, "/" + std::to_string(i));
  }
  EXPECT_EQ(most_at_once, 8);
  EXPECT_EQ(server->connections(), 8) << "every connection was used again";
}

TEST_F(CurlTransportTurnsTest, EverythingEndsWithTheLoop) {
  options.max_connections = 3;
  for (int i = 0; i < 20; ++i) add("/" + std::to_string(i), Priority::Bulk);
  run_until([&] { return held == 3; });
  loop.cancel_all();
  EXPECT_TRUE(loop.run_until_idle(kHangs));
  for (const auto& transfer : transfers) EXPECT_FALSE(transfer->result);
}

}  // namespace
}  // namespace g2afs::test
