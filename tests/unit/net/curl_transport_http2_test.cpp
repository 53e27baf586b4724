// SPDX-License-Identifier: MIT
// What is different where requests share a connection: the API's, if its server speaks HTTP/2.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_tls_fixture.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// As much of RFC 9113 as curl needs to be answered: what it asks for is not even looked at.
class CurlTransportHttp2Test : public CurlTransportTlsTest {
 protected:
  void SetUp() override {
    CurlTransportTlsTest::SetUp();
    SSL_CTX_set_alpn_select_cb(
        tls.native_handle(),
        [](SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered, unsigned size,
           void*) {
          static constexpr unsigned char kOurs[] = "\x02h2";
          const int found = SSL_select_next_proto(const_cast<unsigned char**>(chosen), length, kOurs, 3, offered, size);
          return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        nullptr);
    url = serve_as("IP:127.0.0.1");
    trust_it();
  }

  Task<> converse(TlsStream& stream) override {
    ++connections;
    std::array<char, 24> preface;
    co_await asio::async_read(stream, asio::buffer(preface), asio::use_awaitable);
    co_await write(stream, kSettings, 0, 0, {});
    for (;;) {
      std::array<unsigned char, 9> head;
      co_await asio::async_read(stream, asio::buffer(head), asio::use_awaitable);
      std::string payload(static_cast<std::size_t>(head[0] << 16 | head[1] << 8 | head[2]), '\0');
      co_await asio::async_read(stream, asio::buffer(payload), asio::use_awaitable);
      if (head[3] == kSettings && (head[4] & kAck) == 0) co_await write(stream, kSettings, kAck, 0, {});
      if (head[3] == kHeaders) {
        asked.push_back({&stream, static_cast<std::uint32_t>(head[5] << 24 | head[6] << 16 | head[7] << 8 | head[8])});
      }
    }
  }
  /// Answers the question that has waited longest.
  void answer_one() {
    loop.spawn(write_answer(asked.front()));
    asked.erase(asked.begin());
  }

  struct Question {
    TlsStream* connection;
    std::uint32_t stream;
  };
  Task<> write_answer(Question to) {
    co_await write(*to.connection, kHeaders, kEndHeaders, to.stream, "\x88"sv);  // :status 200 of the static table
    co_await write(*to.connection, kData, kEndStream, to.stream, "answer"sv);
  }
  Task<> write(TlsStream& stream, unsigned char type, unsigned char flags, std::uint32_t id, std::string_view payload) {
    const Gate::Permit mine = co_await writing.enter();  // a TLS stream takes one at a time
    std::string frame{0, 0, static_cast<char>(payload.size()), static_cast<char>(type), static_cast<char>(flags)};
    for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(id >> shift));
    frame += payload;
    co_await asio::async_write(stream, asio::buffer(frame), asio::use_awaitable);
  }

  static constexpr unsigned char kData = 0, kHeaders = 1, kSettings = 4;
  static constexpr unsigned char kAck = 1, kEndStream = 1, kEndHeaders = 4;
  std::string url;
  int connections = 0;
  std::vector<Question> asked;
  Gate writing{1};
};

TEST_F(CurlTransportHttp2Test, AHandleWhoseConnectionOthersUsedIsFitForMediaAfterwards) {
  serve([](WireConnection& connection) -> Task<> {
    co_await connection.read();
    co_await connection.write(plain_answer("media"));
  });
  std::array<TestSink, 3> sinks;
  std::array<std::optional<Result<ResponseHead>>, 3> results;
  start(to(url, Purpose::Api), sinks[0], results[0]);
  run_until([&] { return asked.size() == 1; });
  answer_one();
  run_until([&] { return results[0].has_value(); });
  for (const int i : {1, 2}) start(to(url, Purpose::Api), sinks[i], results[i]);
  run_until([&] { return asked.size() == 2; });
  EXPECT_EQ(connections, 1);
  for (const int i : {1, 2}) {
    answer_one();
    run_until([&] { return results[i].has_value(); });
    ASSERT_TRUE(*results[i]) << results[i]->error().what;
    EXPECT_EQ(sinks[i].body, "answer");
  }
  std::array<TestSink, 2> media_sinks;
  std::array<std::optional<Result<ResponseHead>>, 2> media_results;
  for (const int i : {0, 1}) start(media(), media_sinks[i], media_results[i]);
  run_until([&] { return media_results[0] && media_results[1]; });
  for (const auto& sink : media_sinks) EXPECT_EQ(sink.body, "media");
}

TEST_F(CurlTransportHttp2Test, AConnectionOnWhichARequestStalledIsNotUsedAgain) {
  options.stall_timeout = 1s;
  TestSink first_sink, last_sink;
  std::optional<Result<ResponseHead>> first, last;
  start(to(url, Purpose::Api), first_sink, first);
  run_until([&] { return asked.size() == 1; });
  answer_one();
  run_until([&] { return first.has_value(); });
  ASSERT_TRUE(*first) << first->error().what;

  expect_failure(perform(to(url, Purpose::Api)), Errc::Unavailable, "stalled");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(connections, 1);

  asked.clear();
  start(to(url, Purpose::Api), last_sink, last);
  run_until([&] { return asked.size() == 1; });
  EXPECT_EQ(connections, 2);
  answer_one();
  run_until([&] { return last.has_value(); });
  EXPECT_EQ(last_sink.body, "answer");
}

TEST_F(CurlTransportHttp2Test, ATokenIsAskedForByHttp1) {
  expect_failure(perform(to(url, Purpose::Token)), Errc::Unavailable, "TLS");  // this server has nothing but HTTP/2
  EXPECT_EQ(connections, 0);
}

}  // namespace
}  // namespace g2afs::test
