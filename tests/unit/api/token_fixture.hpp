// SPDX-License-Identifier: MIT
// A TokenSource with a token file of its own against the scripted server. Loop thread only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_server.hpp"
#include "fakes/temporary_directory.hpp"

#include "g2afs/api/token_source.hpp"

namespace g2afs::test {

inline Reply granted(const std::string& access, const std::string& refresh = "", int life = 3600) {
  std::string body =
      R"({"token_type":"Bearer","access_token":")" + access + R"(","expires_in":)" + std::to_string(life);
  if (!refresh.empty()) body += R"(,"refresh_token":")" + refresh + '"';
  return {.body = body + "}"};
}

inline Reply refused(int status, const std::string& body) { return {.status = status, .body = body}; }

inline const Reply kInvalidGrant = refused(400, R"({"error":"invalid_grant","error_description":"it is dead"})");

struct TokenFixture : testing::Test {
  TemporaryDirectory directory;
  const std::filesystem::path file = directory / "token.json";
  ApiServer server;
  std::optional<TokenSource> tokens;
  int grants = 0;

  void SetUp() override {
    write_file(file, R"({"refresh_token":"r0"})");
    server.handler = [this](const HttpRequest&) { return granted("a" + std::to_string(++grants)); };
    restart();
  }

  TokenOptions options() const {
    TokenOptions result;
    result.token_url = url("https://login.example/oauth/token");
    result.client_id = "client";
    result.client_secret = Secret("s3cret");
    result.token_file = file;
    return result;
  }
  void restart(std::optional<TokenOptions> with = {}) {
    tokens.emplace(server.loop, server.transport, server.clock, server.metrics, *server.log, with ? *with : options(),
                   RetryPolicy{});
  }
  Result<Secret> get() { return run_task(server.loop, server.clock, tokens->get()); }
  std::string token() {
    const auto got = get();
    return got ? got->reveal() : "error: " + got.error().what;
  }
  std::size_t asked() const { return server.transport.requests.size(); }
  void expect_error(Errc code, const std::string& words) {
    const auto got = get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, code) << got.error().what;
    EXPECT_THAT(got.error().what, testing::HasSubstr(words));
  }
};

}  // namespace g2afs::test
