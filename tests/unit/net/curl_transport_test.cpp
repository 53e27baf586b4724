// SPDX-License-Identifier: MIT
// Requests as they go out, and answers as they come in.
#include "g2afs/net/curl_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Notes every request and gives each the same answer.
WireServer::Script answering(std::vector<WireRequest>& requests, std::string answer) {
  return [&requests, answer](WireConnection& connection) -> Task<> {
    for (;;) {
      requests.push_back(co_await connection.read());
      co_await connection.write(answer);
    }
  };
}

class CurlTransportMessageTest : public CurlTransportTest {
 protected:
  void answer(std::string text) { serve(answering(requests, std::move(text))); }
  std::vector<WireRequest> requests;
};

TEST_F(CurlTransportMessageTest, BringsHeadAndBody) {
  answer(
      "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 10-14/100\r\n"
      "CONTENT-TYPE:  video/mp4 \r\nETag: \"v1\"\r\nLast-Modified: Thu, 24 Nov 2016 10:30:00 GMT\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
      "Retry-After: 7\r\nContent-Encoding: odd\r\n\r\nhello");
  TestSink sink;
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->status, 206);
  EXPECT_EQ(result->content_length, 5u);
  ASSERT_TRUE(result->content_range);
  EXPECT_EQ(result->content_range->range, (ByteRange{10, 15}));
  EXPECT_EQ(result->content_range->total, 100u);
  EXPECT_EQ(result->content_type, "video/mp4");
  EXPECT_EQ(result->etag, "\"v1\"");
  EXPECT_EQ(result->date, std::chrono::sys_seconds{std::chrono::seconds{784'111'777}});
  EXPECT_EQ(result->last_modified, "Thu, 24 Nov 2016 10:30:00 GMT");
  EXPECT_EQ(result->retry_after, std::chrono::seconds{7});
  EXPECT_EQ(result->content_encoding, "odd");
  EXPECT_EQ(sink.body, "hello");
  ASSERT_THAT(sink.heads, SizeIs(1));
  EXPECT_EQ(sink.heads[0].etag, "\"v1\"");
}

TEST_F(CurlTransportMessageTest, TakesNoContentRangeThatMakesNoSense) {
  answer("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 5-4/3\r\n\r\nx");
  const auto result = perform(media());
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->content_range);
}

TEST_F(CurlTransportMessageTest, AnAnswerOfAnyStatusIsASuccess) {
  for (int status : {200, 204, 304, 400, 401, 403, 404, 410, 416, 429, 500, 503, 599}) {
    server.reset();
    answer(fmt::format("HTTP/1.1 {} Whatever\r\n{}\r\n", status,
                       status == 204 || status == 304 ? "" : "Content-Length: 0\r\n"));
    TestSink sink;
    const auto result = perform(media(), sink);
    ASSERT_TRUE(result) << status << ": " << result.error().what;
    EXPECT_EQ(result->status, status);
    EXPECT_THAT(sink.heads, SizeIs(1)) << "without a body the head still comes, once";
    EXPECT_EQ(sink.data_calls, 0);
  }
}

TEST_F(CurlTransportMessageTest, MediaRequestsAskForBytesAsTheyAreAndCarryNoCredentials) {
  answer(plain_answer("hello"));
  HttpRequest request = media("/a/../b?sig=%2f+");
  request.range = ByteRange{100, 200};
  request.headers = {"If-Range: \"v1\""};
  request.authorization = Secret("Bearer SECRET");
  ASSERT_TRUE(perform(request));
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].line, "GET /a/../b?sig=%2f+ HTTP/1.1");
  EXPECT_EQ(requests[0].field("Range"), "bytes=100-199");
  EXPECT_EQ(requests[0].field("If-Range"), "\"v1\"");
  EXPECT_EQ(requests[0].field("Accept-Encoding"), "identity");
  EXPECT_EQ(requests[0].field("User-Agent"), "g2afs");
  EXPECT_FALSE(requests[0].field("Authorization"));
}

TEST_F(CurlTransportMessageTest, ApiRequestsCarryTheirCredentials) {
  answer(plain_answer("{}"));
  HttpRequest request = api("/archive/recordings?accountKey=1");
  request.headers = {"Accept: application/json"};
  request.authorization = Secret("Bearer token");
  ASSERT_TRUE(perform(request));
  EXPECT_EQ(requests.at(0).line, "GET /archive/recordings?accountKey=1 HTTP/1.1");
  EXPECT_EQ(requests.at(0).field("Authorization"), "Bearer token");
  EXPECT_EQ(requests.at(0).field("Accept"), "application/json");
}

TEST_F(CurlTransportMessageTest, AReusedHandleForgetsTheRequestBefore) {
  answer(plain_answer("{}"));
  HttpRequest first = api();
  first.method = Method::Post;
  first.body = "a=b";
  first.headers = {"X-First: 1"};
  first.authorization = Secret("Bearer token");
  ASSERT_TRUE(perform(first));
  ASSERT_TRUE(perform(media("/second")));
  EXPECT_EQ(requests.back().line, "GET /second HTTP/1.1");
  EXPECT_EQ(requests.back().body, "");
  EXPECT_FALSE(requests.back().field("Authorization"));
  EXPECT_FALSE(requests.back().field("X-First"));
}

TEST_F(CurlTransportMessageTest, PostSendsItsBodyAsItIs) {
  answer(plain_answer("{}"));
  const std::string sent = std::string("grant_type=refresh_token&x=") + '\0' + "y";
  HttpRequest request = api("/oauth/token");
  request.method = Method::Post;
  request.body = sent;
  request.headers = {"Content-Type: application/x-www-form-urlencoded"};
  ASSERT_TRUE(perform(request));
  EXPECT_EQ(requests.at(0).line, "POST /oauth/token HTTP/1.1");
  EXPECT_EQ(requests.at(0).field("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(requests.at(0).field("Content-Length"), std::to_string(sent.size()));
  EXPECT_FALSE(requests.at(0).field("Expect"));
  EXPECT_EQ(requests.at(0).body, sent);
}

TEST_F(CurlTransportMessageTest, PutWithoutABodySaysSo) {
  answer("HTTP/1.1 204 No Content\r\n\r\n");
  HttpRequest request = api("/archive/recordings/archived/1,2");
  request.method = Method::Put;
  const auto result = perform(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 204);
  EXPECT_EQ(requests.at(0).line, "PUT /archive/recordings/archived/1,2 HTTP/1.1");
  EXPECT_EQ(requests.at(0).field("Content-Length"), "0");
  EXPECT_FALSE(requests.at(0).field("Content-Type"));
}

TEST_F(CurlTransportMessageTest, UsesAConnectionAgain) {
  answer(plain_answer("hello"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(perform(media()));
  ASSERT_TRUE(perform(api()));
  EXPECT_THAT(requests, SizeIs(4));
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(CurlTransportMessageTest, PassesOverInterimAnswersAndTrailers) {
  answer(
      "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\nTrailer: ETag\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\nETag: \"late\"\r\nHTTP/1.1 404: x\r\n\r\n");
  TestSink sink;
  const auto result = perform(media(), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->etag, "");
  EXPECT_FALSE(result->content_length) << "chunks overrule it";
  EXPECT_EQ(sink.body, "hello world");
  EXPECT_THAT(sink.heads, SizeIs(1));
}

TEST_F(CurlTransportMessageTest, ABodyMayComeInManyPieces) {
  TestSink sink;
  const std::string piece = "piece";
  serve([&](WireConnection& connection) -> Task<> {
    co_await connection.read();
    co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    for (std::size_t sent = 0; sent < 100; sent += piece.size()) {
      while (sink.heads.empty() || sink.body.size() < sent) co_await sink.changed.wait();
      co_await connection.write(piece);
    }
    co_await connection.closed();
  });
  ASSERT_TRUE(perform(media(), sink));
  EXPECT_EQ(sink.body.size(), 100u);
  EXPECT_EQ(sink.data_calls, 20) << "each piece came before the next was sent";
}

// "hello", gzipped
const std::string kZipped(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00"
    "\x00\x00",
    25);

TEST_F(CurlTransportMessageTest, CodedBodiesAreDecodedForTheApiOnly) {
  answer(fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", kZipped.size()) +
         kZipped);
  TestSink coded;
  const auto from_media = perform(media(), coded);
  ASSERT_TRUE(from_media);
  EXPECT_EQ(from_media->content_encoding, "gzip");
  EXPECT_EQ(coded.body, kZipped);

  TestSink decoded;
  const auto from_api = perform(api(), decoded);
  ASSERT_TRUE(from_api);
  EXPECT_THAT(*requests.at(1).field("Accept-Encoding"), HasSubstr("gzip"));
  EXPECT_EQ(from_api->content_encoding, "");
  EXPECT_FALSE(from_api->content_length);
  EXPECT_EQ(decoded.body, "hello");
}

TEST_F(CurlTransportMessageTest, RefusesRequestsThatCannotBeMeant) {
  answer(plain_answer(""));
  HttpRequest empty_range = media();
  empty_range.range = ByteRange{5, 5};
  expect_failure(perform(empty_range), Errc::Invalid, "empty range");
  HttpRequest split = api();
  split.headers = {"X: a\r\nAuthorization: b"};
  expect_failure(perform(split), Errc::Invalid, "line break");
  HttpRequest split_secret = api();
  split_secret.authorization = Secret("Bearer SECRET\nX: y");
  expect_failure(perform(split_secret), Errc::Invalid, "line break");
  EXPECT_EQ(server->connections(), 0);
}

}  // namespace
}  // namespace g2afs::test
