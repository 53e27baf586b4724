// SPDX-License-Identifier: MIT
// Where a request may lead: redirects, plain http, local addresses, proxies.
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class CurlTransportPolicyTest : public CurlTransportTest {
 protected:
  /// Answers each request with what `answer` says to its target.
  void serve_by(std::function<std::string(const std::string& target)> answer) {
    serve([this, answer](WireConnection& connection) -> Task<> {
      for (;;) {
        requests.push_back(co_await connection.read());
        co_await connection.write(answer(requests.back().target()));
      }
    });
  }
  std::vector<WireRequest> requests;
};

TEST_F(CurlTransportPolicyTest, FollowsFiveRedirectsAndShowsTheSinkTheFinalAnswerOnly) {
  serve_by([this](const std::string& target) {
    if (target == "/a/1?x") return redirect_to("2?y");     // relative to the directory
    if (target == "/a/2?y") return redirect_to("/b/3");    // to the root
    if (target == "/b/3") return redirect_to("?z=%2f..");  // to the path
    if (target == "/b/3?z=%2f..") return redirect_to("//" + server->url("/c/4").substr(7));  // to the scheme
    if (target == "/c/4") return redirect_to(server->url("/d/../5?sig=%2f"));
    return plain_answer("final");
  });
  HttpRequest request = media("/a/1?x");
  request.range = ByteRange{0, 10};
  request.authorization = Secret("Bearer SECRET");
  TestSink sink;
  const auto result = perform(request, sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(sink.body, "final");
  ASSERT_THAT(sink.heads, SizeIs(1));
  EXPECT_EQ(sink.heads[0].status, 200);
  std::vector<std::string> targets;
  for (const WireRequest& one : requests) {
    targets.push_back(one.target());
    EXPECT_EQ(one.field("Range"), "bytes=0-9");
    EXPECT_FALSE(one.field("Authorization"));
  }
  EXPECT_THAT(targets, ElementsAre("/a/1?x", "/a/2?y", "/b/3", "/b/3?z=%2f..", "/c/4", "/d/../5?sig=%2f"));
  EXPECT_EQ(server->connections(), 1) << "the short bodies of redirects were read to their ends";
}

TEST_F(CurlTransportPolicyTest, FollowsEveryKindOfRedirect) {
  for (int status : {301, 302, 303, 307, 308}) {
    server.reset();
    serve_by([status](const std::string& target) {
      if (target != "/from") return plain_answer("final");
      return fmt::format("HTTP/1.1 {} Elsewhere\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n", status);
    });
    const auto result = perform(media("/from"));
    ASSERT_TRUE(result) << status;
    EXPECT_EQ(result->status, 200) << status;
  }
}

TEST_F(CurlTransportPolicyTest, GivesUpAtTheSixthRedirect) {
  serve_by([](const std::string& target) { return redirect_to(target + "x"); });
  TestSink sink;
  expect_failure(perform(media("/SECRET"), sink), Errc::Unavailable, "too many redirects");
  EXPECT_THAT(requests, SizeIs(6));
  EXPECT_TRUE(sink.heads.empty());
}

TEST_F(CurlTransportPolicyTest, ARedirectOfAnApiRequestIsTheAnswer) {
  serve_by([](const std::string&) { return redirect_to("/elsewhere"); });
  TestSink sink;
  const auto result = perform(api(), sink);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 302);
  EXPECT_EQ(sink.body, "moved");
  EXPECT_THAT(requests, SizeIs(1));
}

TEST_F(CurlTransportPolicyTest, ARedirectWithoutALocationIsTheAnswer) {
  serve_by([](const std::string&) { return "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"; });
  const auto result = perform(media());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 302);
}

TEST_F(CurlTransportPolicyTest, DoesNotReadTheLongBodyOfARedirect) {
  int closed = 0;
  serve([&](WireConnection& connection) -> Task<> {
    const WireRequest request = co_await connection.read();
    if (request.target() == "/to") {
      co_await connection.write(plain_answer("final"));
    } else {
      co_await connection.write("HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 1000000000\r\n\r\n" +
                                std::string(100'000, 'x'));
    }
    co_await connection.closed();
    ++closed;
  });
  TestSink sink;
  ASSERT_TRUE(perform(media("/from"), sink));
  EXPECT_EQ(sink.body, "final");
  EXPECT_EQ(server->connections(), 2);
  run_until([&] { return closed == 1; });
}

TEST_F(CurlTransportPolicyTest, ARedirectToWhatIsNoUsableUrlIsUnavailable) {
  for (const char* location :
       {"ftp://h/SECRET", "file:///etc/SECRET", "https://user:SECRET@h/", "http://", "http://h:0/"}) {
    server.reset();
    serve_by([location](const std::string&) { return redirect_to(location); });
    expect_failure(perform(media()), Errc::Unavailable, "redirected to");
  }
}

TEST_F(CurlTransportPolicyTest, ARedirectDoesNotLeadToPlainHttpAbroad) {
  serve_by([](const std::string&) { return redirect_to("http://media.example/SECRET"); });
  expect_failure(perform(media()), Errc::Invalid, "plain http to media.example is not allowed (allow_http)");
}

TEST_F(CurlTransportPolicyTest, PlainHttpIsForLoopbackOnly) {
  serve_by([](const std::string&) { return plain_answer(""); });
  for (const Purpose purpose : {Purpose::Api, Purpose::Media}) {
    expect_failure(perform(to("http://media.example/SECRET", purpose)), Errc::Invalid,
                   "plain http to media.example is not allowed (allow_http)");
    expect_failure(perform(to("http://0.0.0.0/SECRET", purpose)), Errc::Invalid, "plain http to 0.0.0.0");
    const auto by_name = fmt::format("http://localhost:{}/", server->port());
    EXPECT_TRUE(perform(to(by_name, purpose)));
  }
}

TEST_F(CurlTransportPolicyTest, AForeignApiDoesNotLeadToAddressesOfThisMachine) {
  options.local_origin = false;
  options.allow_http = true;
  serve_by([](const std::string&) { return plain_answer(""); });
  const std::vector<std::pair<std::string, std::string>> hosts = {
      {"127.0.0.1", "127.0.0.1"},
      {"127.8.9.10", "127.8.9.10"},
      {"0.0.0.0", "0.0.0.0"},
      {"169.254.169.254", "169.254.169.254"},
      {"localhost", ""},
      {"[::1]", "::1"},
      {"[::]", "::"},
      {"[fe80::1]", "fe80::1"},
      {"[febf::1]", "febf::1"},
      {"[::ffff:127.0.0.1]", "::ffff:127.0.0.1"},
      {"[::ffff:169.254.1.1]", "::ffff:169.254.1.1"},
      {"[::ffff:0.0.0.0]", "::ffff:0.0.0.0"},
      {"[::127.0.0.1]", "::127.0.0.1"},
      {"[::ffff:0:169.254.1.1]", "::ffff:0:"},
      {"[64:ff9b::127.0.0.1]", "64:ff9b::"},
      {"[64:ff9b::a9fe:a9fe]", "64:ff9b::"},
      {"[64:ff9b:1::127.0.0.1]", "64:ff9b:1::"},
      {"[2002:7f00:1::1]", "2002:7f00:1::"},
      {"[2002:a9fe:a9fe::1]", "2002:a9fe:a9fe::"},
      {"2130706433", "127.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"localhost.", "localhost."},
      {"any.localhost", "any.localhost"},
  };
  for (const auto& [host, address] : hosts) {
    for (const char* scheme : {"http", "https"}) {
      const auto url = fmt::format("{}://{}:{}/SECRET", scheme, host, server->port());
      expect_failure(perform(to(url)), Errc::Invalid, "local address " + address);
    }
  }
  loop.context().poll();
  EXPECT_EQ(server->connections(), 0);
}

TEST_F(CurlTransportPolicyTest, ALocalApiMayLeadToAddressesOfThisMachine) {
  options.local_origin = false;
  serve_by([](const std::string&) { return plain_answer(""); });
  EXPECT_TRUE(perform(to(server->url("/"), Purpose::Api))) << "its host is the user's own choice";
  EXPECT_TRUE(perform(media()));
}

TEST_F(CurlTransportPolicyTest, ALocalTokenServerDoesNotLeadMediaToThisMachine) {
  options.local_origin = false;
  serve_by([](const std::string&) { return plain_answer(""); });
  EXPECT_TRUE(perform(to(server->url("/"), Purpose::Token)));
  expect_failure(perform(media()), Errc::Invalid, "local address 127.0.0.1");
}

TEST_F(CurlTransportPolicyTest, ATokenIsAskedForOverAConnectionOfItsOwn) {
  serve_by([](const std::string&) { return plain_answer(""); });
  EXPECT_TRUE(perform(api()));
  for (int i = 2; i <= 3; ++i) {
    EXPECT_TRUE(perform(to(server->url("/"), Purpose::Token)));
    EXPECT_EQ(server->connections(), i);
  }
  EXPECT_TRUE(perform(api()));
  EXPECT_EQ(server->connections(), 3);
}

class CurlTransportProxyTest : public CurlTransportPolicyTest {
 protected:
  void SetUp() override {
    options.allow_http = true;
    serve_by([](const std::string& target) {
      return target.ends_with("/from") ? redirect_to("http://0.0.0.0:9/SECRET") : plain_answer("by proxy");
    });
  }
  void TearDown() override {
    for (const char* name : {"http_proxy", "no_proxy"}) unsetenv(name);
    CurlTransportPolicyTest::TearDown();
  }
};

TEST_F(CurlTransportProxyTest, GoesThroughTheConfiguredProxyWhichMayBeLocal) {
  options.proxy = server->url("");
  TestSink sink;
  const auto result = perform(to("http://media.example/a?b"), sink);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(sink.body, "by proxy");
  EXPECT_EQ(requests.at(0).line, "GET http://media.example/a?b HTTP/1.1");
}

TEST_F(CurlTransportProxyTest, GoesThroughTheEnvironmentsProxy) {
  setenv("http_proxy", server->url("").c_str(), 1);
  const auto result = perform(to("http://media.example/"));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(requests.at(0).line, "GET http://media.example/ HTTP/1.1");
}

TEST_F(CurlTransportProxyTest, WhatNoProxyExceptsIsStillChecked) {
  setenv("http_proxy", server->url("").c_str(), 1);
  setenv("no_proxy", "0.0.0.0", 1);
  expect_failure(perform(to("http://0.0.0.0:9/")), Errc::Invalid, "local address 0.0.0.0");
}

TEST_F(CurlTransportProxyTest, ARedirectToThisMachineIsRefused) {
  setenv("http_proxy", server->url("").c_str(), 1);
  setenv("no_proxy", "0.0.0.0", 1);
  expect_failure(perform(to("http://media.example/from")), Errc::Invalid, "local address 0.0.0.0");
}

TEST_F(CurlTransportProxyTest, IsNotAskedForThisMachineItself) {
  options.proxy = server->url("");
  for (const char* host : {"127.0.0.1", "127.1", "127.0.0.1.", "0.0.0.0", "169.254.169.254", "localhost", "localhost.",
                           "any.localhost", "[::1]", "[fe80::1]", "[::ffff:127.0.0.1]"}) {
    expect_failure(perform(to(fmt::format("http://{}:9/SECRET", host))), Errc::Invalid, "local address ");
  }
  EXPECT_TRUE(requests.empty());
  expect_failure(perform(to("http://media.example/from")), Errc::Invalid, "local address 0.0.0.0");
  EXPECT_THAT(requests, SizeIs(1)) << "nor after a redirect";
}

TEST_F(CurlTransportProxyTest, ThatIsLocalDoesNotMakeTheApiLocal) {
  options.proxy = server->url("");
  EXPECT_TRUE(perform(to("http://api.example/", Purpose::Api)));
  expect_failure(perform(to("http://127.0.0.1:9/SECRET")), Errc::Invalid, "local address 127.0.0.1");
}

TEST_F(CurlTransportProxyTest, IsAskedForALocalApiAndItsMedia) {
  options.proxy = server->url("");
  options.local_origin = true;
  EXPECT_TRUE(perform(to("http://127.0.0.1:9/", Purpose::Api)));
  EXPECT_TRUE(perform(to("http://127.0.0.1:9/")));
}

TEST_F(CurlTransportProxyTest, IsNotGivenWhatIsForTheServerBehindATunnel) {
  options.proxy = server->url("");
  HttpRequest request = to("https://api.example/SECRET", Purpose::Api);
  request.authorization = Secret("Bearer SECRET");
  EXPECT_FALSE(perform(std::move(request)));  // what follows the tunnel's head is no TLS
  ASSERT_THAT(requests, SizeIs(testing::Ge(1)));
  EXPECT_EQ(requests[0].line, "CONNECT api.example:443 HTTP/1.1");
  EXPECT_FALSE(requests[0].field("Authorization"));
}

TEST_F(CurlTransportProxyTest, LoopbackIsNotAskedForThroughTheEnvironmentsProxy) {
  options.local_origin = true;
  setenv("http_proxy", "http://127.0.0.1:9", 1);
  ASSERT_TRUE(perform(media("/direct")));
  EXPECT_EQ(requests.at(0).line, "GET /direct HTTP/1.1");
}

}  // namespace
}  // namespace g2afs::test
