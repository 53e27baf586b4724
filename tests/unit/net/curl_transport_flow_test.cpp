// SPDX-License-Identifier: MIT
// Stop, pause and resume, cancellation.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

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
    serve([body](WireConnection& connection) -> Task<> {
      for (;;) {
        co_await connection.read();
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

}  // namespace
}  // namespace g2afs::test
