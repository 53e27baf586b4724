// SPDX-License-Identifier: MIT
// Answers that are meant to do harm: too much, for ever, or in disguise.
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

/// `size` zeros, a multiple of 258, compressed a thousandfold: gzip with one block of fixed codes (RFC 1951), whose end and
/// checksum are left out.
std::string gzip_bomb(std::size_t size) {
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  std::uint64_t bits = 0;
  int count = 0;
  const auto add = [&](unsigned value, int length) {
    bits |= std::uint64_t{value} << count;
    for (count += length; count >= 8; count -= 8, bits >>= 8) bytes += static_cast<char>(bits);
  };
  add(0b011, 3);       // the last block, fixed codes
  add(0b00001100, 8);  // the literal 0
  for (std::size_t done = 0; done < size; done += 258) {
    add(0b10100011, 8);  // 258 bytes,
    add(0, 5);           // from one back
  }
  return bytes;
}

class CurlTransportHostileTest : public CurlTransportTest {
 protected:
  /// Answers each request with this, and then with `more` for as long as the client takes it.
  void serve_for_ever(std::string text, std::string more) {
    serve([this, text, more](WireConnection& connection) -> Task<> {
      co_await connection.read();
      co_await connection.write(text);
      for (;;) {
        co_await connection.write(more);
        sent += more.size();
      }
    });
  }
  void serve_once(std::string text) {
    serve([text](WireConnection& connection) -> Task<> {
      co_await connection.read();
      co_await connection.write(text);
    });
  }
  std::size_t sent = 0;
};

TEST_F(CurlTransportHostileTest, HeadersWithoutEnd) {
  serve_for_ever("HTTP/1.1 200 OK\r\n", "X-Header: " + std::string(1'000, 'x') + "\r\n");
  TestSink sink;
  for (const auto& request : {media(), api()}) {
    expect_failure(perform(request, sink), Errc::Unavailable, "the answer's head is longer than 256 KB");
  }
  EXPECT_TRUE(sink.heads.empty());
}

TEST_F(CurlTransportHostileTest, InterimAnswersWithoutEnd) {
  serve_for_ever("", "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
  expect_failure(perform(media()), Errc::Unavailable, "the answer's head is longer than 256 KB");
}

TEST_F(CurlTransportHostileTest, TrailersWithoutEnd) {
  serve_for_ever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "X-Trailer: y\r\n");
  expect_failure(perform(media()), Errc::Unavailable, "");
}

TEST_F(CurlTransportHostileTest, ALongHeadIsStillRead) {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";
  for (int i = 0; i < 1'000; ++i) head += fmt::format("X-Header-{}: {}\r\n", i, std::string(100, 'x'));
  serve_once(head + "ETag: \"1\"\r\n\r\nhello");
  TestSink sink;
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->etag, "\"1\"");
  EXPECT_EQ(sink.body, "hello");
}

TEST_F(CurlTransportHostileTest, ABodyWithoutEndIsEndedByItsSink) {
  serve_for_ever("HTTP/1.1 200 OK\r\n\r\n", std::string(100'000, 'x'));
  TestSink sink;
  sink.answer_data = [&] { return sink.body.size() < 1'000'000 ? Flow::Continue : Flow::Stop; };
  EXPECT_TRUE(perform(media(), sink));
  EXPECT_LT(sink.body.size(), 1'000'000 + options.receive_buffer);
}

TEST_F(CurlTransportHostileTest, ACompressedAnswerComesInPiecesHoweverLargeItIs) {
  constexpr std::size_t kSize = 300'000 * 258;
  const std::string bomb = gzip_bomb(kSize);
  ASSERT_LT(bomb.size(), kSize / 100);
  serve_once(fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.size()) +
             bomb);
  TestSink sink;
  std::size_t largest = 0, last = 0;
  sink.answer_data = [&] {
    largest = std::max(largest, sink.body.size() - last);
    last = sink.body.size();
    return sink.body.size() < 1'000'000 ? Flow::Continue : Flow::Stop;
  };
  const auto result = perform(api(), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_GE(sink.body.size(), 1'000'000U) << "it was not decoded, so this proves nothing";
  EXPECT_LE(largest, 256U * 1024);
  EXPECT_EQ(result->content_length, std::nullopt) << "that of the coded body says nothing";
}

TEST_F(CurlTransportHostileTest, WhatIsCompressedTimeAndAgainIsRefused) {
  serve_once("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n\r\nx");
  expect_failure(perform(api()), Errc::Unavailable, "");
}

TEST_F(CurlTransportHostileTest, MediaAreNotDecodedAndSayThatTheyAreCoded) {
  const std::string bomb = gzip_bomb(258);
  for (const char* coding : {"gzip", "deflate", "br", "zstd", "gzip, gzip"}) {
    server.reset();
    serve_once(fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: {}\r\nContent-Length: {}\r\n\r\n{}", coding,
                           bomb.size(), bomb));
    TestSink sink;
    const auto result = perform(media(), sink);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->content_encoding, coding);
    EXPECT_EQ(sink.body, bomb);
  }
}

TEST_F(CurlTransportHostileTest, AHeaderWithAControlCharacterIsAsGoodAsAbsent) {
  const std::vector<std::string> values = {"a\rContent-Length: 0", "a\r\r\nb", "\x01", "a\x1b[2J", "a\x7f"};
  for (const std::string& value : values) {
    server.reset();
    serve_once("HTTP/1.1 200 OK\r\nETag: " + value + "\r\nLast-Modified: now\r\nContent-Length: 5\r\n\r\nhello");
    TestSink sink;
    const auto result = perform(media(), sink);
    if (!result) {
      expect_failure(result, Errc::Unavailable, "");
      continue;
    }
    EXPECT_TRUE(result->etag.empty() || result->etag == "a") << testing::PrintToString(result->etag);
    EXPECT_EQ(sink.body, "hello");
  }
}

TEST_F(CurlTransportHostileTest, ARedirectWithAControlCharacterIsNotFollowed) {
  serve_once("HTTP/1.1 302 Found\r\nLocation: /to\rHost: evil\r\nContent-Length: 0\r\n\r\n");
  const auto result = perform(media());
  if (result) {
    EXPECT_EQ(result->status, 302);
  } else {
    expect_failure(result, Errc::Unavailable, "");
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(CurlTransportHostileTest, AFoldedLineIsNoHeaderOfItsOwn) {
  serve_once(
      "HTTP/1.1 200 OK\r\nX: y\r\n Content-Range: bytes 0-4/9\r\n\tETag: \"folded\"\r\nContent-Length: 5\r\n\r\nhello");
  TestSink sink;
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_FALSE(result->content_range);
  EXPECT_EQ(result->etag, "");
  EXPECT_EQ(sink.body, "hello");
}

}  // namespace
}  // namespace g2afs::test
