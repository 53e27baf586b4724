// SPDX-License-Identifier: MIT
#include "g2afs/app/redirect_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browser_of_a_test.hpp"
#include "fakes/fake_clock.hpp"
#include "unit/net/loop_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class RedirectListenerTest : public LoopFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(listener.listen(0)); }
  void TearDown() override {
    LoopFixture::TearDown();
    queries.clear();
  }
  /// Has the listener run beside what the test does.
  void serve() {
    struct Run {
      static Task<> run(RedirectListener& listener, bool& ended) {
        co_await listener.run();
        ended = true;
      }
    };
    loop.spawn(Run::run(listener, ended));
  }
  std::string get(const std::string& target) { return run_alone(loop, get_page(loop, listener.port(), target)); }
  std::string send(const std::string& bytes) { return run_alone(loop, send_bytes(loop, listener.port(), bytes)); }

  FakeClock clock;
  std::vector<std::string> queries;
  bool ended = false;
  RedirectListener listener{loop, clock, [this](std::string_view query) {
                              queries.emplace_back(query);
                              const bool last = query.starts_with("code=");
                              return RedirectListener::Page{last ? 200 : 400, "<b>\"it's\" & that</b>", last};
                            }};
};

TEST_F(RedirectListenerTest, EndsWithTheAnswer) {
  serve();
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_FALSE(ended);
  EXPECT_THAT(get("/?code=a%20b&state=c"), StartsWith("HTTP/1.1 200 OK\r\n"));
  settle();
  EXPECT_TRUE(ended);
  EXPECT_THAT(queries, ElementsAre("", "code=a%20b&state=c"));
}

TEST_F(RedirectListenerTest, ShowsWordsAsWords) {
  serve();
  const auto page = get("/?error=x");
  EXPECT_THAT(page, HasSubstr("<p>&lt;b&gt;&quot;it&#39;s&quot; &amp; that&lt;/b&gt;</p>"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'\r\n"));
}

TEST_F(RedirectListenerTest, AnswersNothingElse) {
  serve();
  for (const auto* target : {"/favicon.ico", "//?code=1", "/x?code=1", "http://127.0.0.1/?code=1", "*"}) {
    EXPECT_THAT(get(target), StartsWith("HTTP/1.1 404 ")) << target;
  }
  EXPECT_THAT(send("POST /?code=1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nxx"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(send("HEAD /?code=1 HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(queries, ElementsAre());
}

TEST_F(RedirectListenerTest, TakesNoHeadWithoutEnd) {
  serve();
  for (const auto& bytes :
       {std::string("\x16\x03\x01\r\n\r\n"), "GET /?code=1 " + std::string(40'000, 'x') + "\r\n\r\n",
        "GET /?code=1 HTTP/1.1\r\nCookie: " + std::string(40'000, 'x'),
        "GET /?code=1 HTTP/1.1\r\nCookie: " + std::string(40'000, 'x') + "\r\n\r\n", std::string(40'000, 'G')}) {
    EXPECT_THAT(send(bytes), Not(StartsWith("HTTP/1.1 200 "))) << bytes.substr(0, 30);
  }
  EXPECT_THAT(queries, ElementsAre());
  EXPECT_THAT(get("/?code=1"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(RedirectListenerTest, KeepsNobodyWaitingForSilentOnes) {
  serve();
  std::vector<asio::ip::tcp::socket> silent;
  for (int i = 0; i < 3; ++i) {
    silent.emplace_back(loop.context());
    silent.back().connect({asio::ip::address_v4::loopback(), listener.port()});
    silent.back().write_some(asio::buffer("GET /?co", 8));
  }
  EXPECT_THAT(get("/?code=1"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(RedirectListenerTest, EndsConnectionsThatTakeTooLong) {
  serve();
  asio::ip::tcp::socket silent(loop.context());
  silent.connect({asio::ip::address_v4::loopback(), listener.port()});
  silent.write_some(asio::buffer("GET /", 5));
  settle();
  ASSERT_EQ(clock.sleeping(), 1);
  clock.advance(std::chrono::seconds{10});
  settle();
  std::error_code error;
  char byte = 0;
  EXPECT_EQ(silent.read_some(asio::buffer(&byte, 1), error), 0U);
  EXPECT_TRUE(error);
  EXPECT_EQ(clock.sleeping(), 0);
}

TEST_F(RedirectListenerTest, TakesAFewConnectionsAtOnce) {
  serve();
  std::vector<asio::ip::tcp::socket> silent;
  for (int i = 0; i < 16; ++i) {
    silent.emplace_back(loop.context());
    silent.back().connect({asio::ip::address_v4::loopback(), listener.port()});
  }
  settle();
  asio::ip::tcp::socket another(loop.context());
  another.connect({asio::ip::address_v4::loopback(), listener.port()});
  settle();
  std::error_code error;
  char byte = 0;
  EXPECT_EQ(another.read_some(asio::buffer(&byte, 1), error), 0U);
  EXPECT_EQ(error, asio::error::eof);
}

TEST_F(RedirectListenerTest, SaysThatThePortIsTaken) {
  RedirectListener other(loop, clock, [](std::string_view) { return RedirectListener::Page{}; });
  const auto listening = other.listen(listener.port());
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().what, "127.0.0.1:" + std::to_string(listener.port()) + ": Address already in use");
}

}  // namespace
}  // namespace g2afs::test
