// SPDX-License-Identifier: MIT
// What goes wrong on the way, and how it is reported.
#include <string>
#include <vector>

#include <asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

class CurlTransportFailureTest : public CurlTransportTest {
 protected:
  /// Answers one request with this and closes.
  void serve_and_close(std::string text) {
    serve([text](WireConnection& connection) -> Task<> {
      co_await connection.read();
      co_await connection.write(text);
    });
  }
  /// Answers one request with this and keeps the connection open until the client closes it.
  void serve_and_keep_silent(std::string text) {
    serve([this, text](WireConnection& connection) -> Task<> {
      co_await connection.read();
      co_await connection.write(text);
      co_await connection.closed();
      ++closed;
    });
  }
  int closed = 0;
};

TEST_F(CurlTransportFailureTest, ABodyThatIsCutShort) {
  serve_and_close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "cut short");
  EXPECT_EQ(sink.body, "half");
}

TEST_F(CurlTransportFailureTest, AChunkedBodyThatIsCutShort) {
  serve_and_close("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwor");
  expect_failure(perform(media()), Errc::Unavailable, "cut short");
}

TEST_F(CurlTransportFailureTest, AHeadThatIsCutShort) {
  serve_and_close("HTTP/1.1 200 OK\r\nContent-Len");
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "");
  EXPECT_TRUE(sink.heads.empty());
}

TEST_F(CurlTransportFailureTest, NoAnswerAtAll) {
  serve_and_close("");
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "without an answer");
  EXPECT_EQ(sink.reached, Reached::Request);
}

TEST_F(CurlTransportFailureTest, TellsHowFarItGotWhereNobodyListens) {
  TestSink sink;
  expect_failure(perform(to("http://127.0.0.1:1/"), sink), Errc::Unavailable, "Connection refused");
  EXPECT_EQ(sink.reached, Reached::Address);
}

TEST_F(CurlTransportFailureTest, AConnectionThatIsReset) {
  serve([](WireConnection& connection) -> Task<> {
    co_await connection.read();
    co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.reset();
  });
  expect_failure(perform(media()), Errc::Unavailable, "");
}

TEST_F(CurlTransportFailureTest, BadChunks) {
  serve_and_keep_silent("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nthis is no length\r\n");
  expect_failure(perform(media()), Errc::Unavailable, "");
}

TEST_F(CurlTransportFailureTest, BytesBeyondTheLengthAreNotTheBodysAndTheConnectionIsNotUsedAgain) {
  serve_and_keep_silent("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
  for (int i = 1; i <= 2; ++i) {
    TestSink sink;
    ASSERT_TRUE(perform(media(), sink));
    EXPECT_EQ(sink.body, "hello");
    EXPECT_EQ(server->connections(), i);
  }
}

TEST_F(CurlTransportFailureTest, AnAnswerThatIsNotHttp) {
  serve_and_keep_silent("SSH-2.0-OpenSSH_9.2\r\n");
  expect_failure(perform(media()), Errc::Unavailable, "not HTTP");
}

TEST_F(CurlTransportFailureTest, AHeadWithoutEnd) {
  serve_and_keep_silent("HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x'));
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "");
  EXPECT_TRUE(sink.heads.empty());
}

TEST_F(CurlTransportFailureTest, OddHeadsDoNoHarm) {
  const std::vector<std::string> heads = {
      "HTTP/1.1\r\n\r\n",
      "HTTP/1.1 \r\n\r\n",
      "HTTP/1.1 2\r\n\r\n",
      "HTTP/1.1 20x OK\r\n\r\n",
      "HTTP/1.1 000 OK\r\n\r\n",
      "HTTP/1.1 999999 OK\r\n\r\n",
      "HTTP/9.9 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: no name\r\nno colon\r\n folded\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
      std::string("HTTP/1.1 200 OK\r\nETag: \0\r\n\r\n", 28),
      "HTTP/1.1 301 Moved\r\nLocation: \r\nContent-Length: 0\r\n\r\n",
  };
  for (const std::string& head : heads) {
    serve_and_close(head);
    TestSink sink;
    const auto result = perform(media(), sink);
    if (result) {
      EXPECT_EQ(sink.heads.size(), 1u) << head;
    } else {
      expect_failure(result, Errc::Unavailable, "");
    }
    server.reset();
  }
}

TEST_F(CurlTransportFailureTest, NobodyListens) {
  // Bound but not listening: nobody else can take the port meanwhile.
  asio::ip::tcp::socket bound(loop.context(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto url = fmt::format("http://127.0.0.1:{}/SECRET?sig=SECRET", bound.local_endpoint().port());
  expect_failure(perform(to(url)), Errc::Unavailable, "cannot connect: Connection refused");
}

TEST_F(CurlTransportFailureTest, StallsBeforeTheHead) {
  options.stall_timeout = 50ms;
  serve_and_keep_silent("");
  expect_failure(perform(media()), Errc::Unavailable, "stalled: no byte for 0.05 s");
  run_until([&] { return closed == 1; });
}

TEST_F(CurlTransportFailureTest, StallsInTheBody) {
  options.stall_timeout = 50ms;
  serve_and_keep_silent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "stalled");
  EXPECT_TRUE(sink.stalled);
  EXPECT_EQ(sink.body, "half");
  run_until([&] { return closed == 1; });
}

TEST_F(CurlTransportFailureTest, AByteNowAndThenIsAStall) {
  options.stall_timeout = 100ms;
  serve([this](WireConnection& connection) -> Task<> {
    co_await connection.read();
    std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    for (;; text = "x") {
      co_await connection.write(text);
      asio::steady_timer pause(loop.context(), 10ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  });
  TestSink sink;
  expect_failure(perform(media(), sink), Errc::Unavailable, "stalled: no more than ");
  EXPECT_TRUE(sink.stalled);
}

TEST_F(CurlTransportFailureTest, AHeadThatComesByTheLineIsAStall) {
  options.stall_timeout = 100ms;
  serve([this](WireConnection& connection) -> Task<> {
    co_await connection.read();
    for (std::string text = "HTTP/1.1 200 OK\r\n";; text = "X: y\r\n") {
      co_await connection.write(text);
      asio::steady_timer pause(loop.context(), 10ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  });
  expect_failure(perform(media()), Errc::Unavailable, "stalled");
}

TEST_F(CurlTransportFailureTest, APageInTimeIsNoStall) {
  options.stall_timeout = 1s;
  const std::string page(options.stall_bytes, 'x');
  serve([this, page](WireConnection& connection) -> Task<> {
    co_await connection.read();
    co_await connection.write(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 5 * page.size()));
    for (int i = 0; i < 5; ++i) {
      asio::steady_timer pause(loop.context(), 250ms);
      co_await pause.async_wait(asio::use_awaitable);
      co_await connection.write(page);
    }
  });
  TestSink sink;
  EXPECT_TRUE(perform(media(), sink));
  EXPECT_EQ(sink.body.size(), 5 * page.size());
}

TEST_F(CurlTransportFailureTest, APausedTransferDoesNotStallUntilItIsResumed) {
  options.stall_timeout = 50ms;
  serve_and_keep_silent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  TestSink paused;
  bool waits = true;
  paused.answer_data = [&] { return waits ? Flow::Pause : Flow::Continue; };
  std::optional<Result<ResponseHead>> result;
  start(media(), paused, result);
  run_until([&] { return paused.data_calls == 1; });
  // Two others stall, one after the other, while this one is paused.
  for (int i = 0; i < 2; ++i) expect_failure(perform(media()), Errc::Unavailable, "stalled");
  EXPECT_FALSE(result);
  waits = false;
  paused.resume();
  run_until([&] { return result.has_value(); });
  EXPECT_EQ(paused.body, "half");
  expect_failure(*result, Errc::Unavailable, "stalled");
}

TEST_F(CurlTransportFailureTest, AConnectionThatTakesTooLong) {
  options.connect_timeout = 50ms;
  options.stall_timeout = 1ms;  // does not apply before the request goes out
  serve([](WireConnection& connection) -> Task<> { co_await connection.closed(); });
  std::string url = server->url("/SECRET?sig=SECRET");
  url.replace(0, 4, "https");  // the handshake is never answered
  expect_failure(perform(to(url)), Errc::Unavailable, "no connection within 0.05 s");
}

TEST_F(CurlTransportFailureTest, TheTransportGoesOnAfterAFailure) {
  int served = 0;
  serve([&](WireConnection& connection) -> Task<> {
    co_await connection.read();
    if (++served < 3) co_return;
    co_await connection.write(plain_answer("at last"));
  });
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(perform(media()));
  TestSink sink;
  ASSERT_TRUE(perform(media(), sink));
  EXPECT_EQ(sink.body, "at last");
}

}  // namespace
}  // namespace g2afs::test
