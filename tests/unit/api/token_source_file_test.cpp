// SPDX-License-Identifier: MIT
// TokenSource and its file: what is stored when, restarts, other mounts, a new login, and storing that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "token_fixture.hpp"

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using test::granted;
using test::kInvalidGrant;
using test::write_file;
using testing::HasSubstr;

struct TokenSourceFileTest : test::TokenFixture {};

TEST_F(TokenSourceFileTest, ARotatedRefreshTokenIsStoredBeforeUseAndSentNext) {
  server.handler = [this](const HttpRequest&) {
    ++grants;
    return granted("a" + std::to_string(grants), "r" + std::to_string(grants));
  };
  EXPECT_EQ(token(), "a1");
  const auto stored = read_token_file(file);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->refresh_token.reveal(), "r1");
  EXPECT_EQ(stored->access_token.reveal(), "a1");
  EXPECT_EQ(*stored->expires_at, std::chrono::floor<std::chrono::seconds>(server.clock.wall_now()) + 1h);
  tokens->reject(Secret("a1"));
  EXPECT_EQ(token(), "a2");
  EXPECT_THAT(server.transport.requests.back().body, HasSubstr("refresh_token=r1"));
}

TEST_F(TokenSourceFileTest, WithoutRotationTheOldRefreshTokenStays) {
  token();
  EXPECT_EQ(read_token_file(file)->refresh_token.reveal(), "r0");
}

TEST_F(TokenSourceFileTest, AStoredAccessTokenServesAfterARestart) {
  EXPECT_EQ(token(), "a1");
  server.clock.advance(30min);
  restart();
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 1u);
  EXPECT_EQ(*tokens->expires_at(), server.clock.wall_now() + 30min);
  server.clock.advance(30min);
  restart();
  EXPECT_EQ(token(), "a2") << "an ended one does not";
}

TEST_F(TokenSourceFileTest, AnAbsurdEndInTheFileDoesNotOverflow) {
  for (const char* ends : {"9223372036854775807", "-9223372036854775808", "18446744073709551615"}) {
    write_file(file, std::string(R"({"refresh_token":"r","access_token":"stored","expires_at":)") + ends + "}");
    restart();
    EXPECT_THAT(get(), testing::Truly([](const Result<Secret>& got) { return got.has_value(); })) << ends;
  }
}

TEST_F(TokenSourceFileTest, ARejectedStoredTokenDoesNotComeBackFromTheFile) {
  EXPECT_EQ(token(), "a1");
  restart();
  EXPECT_EQ(token(), "a1");
  tokens->reject(Secret("a1"));
  EXPECT_EQ(token(), "a2");
}

TEST_F(TokenSourceFileTest, WhereStoringFailsTheSessionGoesOnInMemory) {
  server.handler = [this](const HttpRequest& request) {
    const std::string expected = "refresh_token=r" + std::to_string(grants);
    if (!request.body.ends_with(expected)) return kInvalidGrant;
    ++grants;
    return granted("a" + std::to_string(grants), "r" + std::to_string(grants));
  };
  EXPECT_EQ(token(), "a1");
  // A directory in the file's place: the rename fails.
  std::filesystem::remove(file);
  std::filesystem::create_directories(file / "in the way");
  tokens->reject(Secret("a1"));
  EXPECT_EQ(token(), "a2");
  EXPECT_EQ(server.count_in_log("[error]"), 1u);
  EXPECT_EQ(server.count_in_log("the only good refresh token is in memory"), 1u);
  tokens->reject(Secret("a2"));
  EXPECT_EQ(token(), "a3") << "the old token in the file is dead; the one in memory must be sent";

  std::filesystem::remove_all(file);
  tokens->reject(Secret("a3"));
  EXPECT_EQ(token(), "a4");
  EXPECT_EQ(read_token_file(file)->refresh_token.reveal(), "r4") << "stored as soon as it could be";
}

TEST_F(TokenSourceFileTest, AStaleFileThatCannotBeReplacedDoesNotBringADeadTokenBack) {
  server.handler = [this](const HttpRequest& request) {
    if (!request.body.ends_with("r" + std::to_string(grants))) return kInvalidGrant;
    ++grants;
    return granted("a" + std::to_string(grants), "r" + std::to_string(grants));
  };
  TokenOptions unwritable = options();
  // A name so long that there is none left for the new file beside it.
  unwritable.token_file = directory / std::string(250, 't');
  write_file(unwritable.token_file, R"({"refresh_token":"r0"})");
  restart(unwritable);
  for (const char* expected : {"a1", "a2", "a3"}) {
    EXPECT_EQ(token(), expected);
    tokens->reject(Secret(expected));
  }
  EXPECT_EQ(read_token_file(unwritable.token_file)->refresh_token.reveal(), "r0");
}

TEST_F(TokenSourceFileTest, WithoutAUsableTokenFileTheErrorNamesItAndWhatToDo) {
  std::filesystem::remove(file);
  expect_error(Errc::Denied, ": get tokens by \"g2afs login\"");
  expect_error(Errc::Denied, file.string());
  write_file(file, "{}");
  expect_error(Errc::Denied, ": get tokens by \"g2afs login\"");
  expect_error(Errc::Denied, file.string());
  write_file(file, R"({"refresh_token":"r0"})", 0644);
  expect_error(Errc::Denied, "chmod 600");
  EXPECT_EQ(asked(), 0u);
  write_file(file, R"({"refresh_token":"r0"})");
  EXPECT_EQ(token(), "a1") << "without a restart";
}

TEST_F(TokenSourceFileTest, ATokenFileThatVanishedLaterIsNoReasonToStop) {
  token();
  std::filesystem::remove(file);
  tokens->reject(Secret("a1"));
  EXPECT_EQ(token(), "a2");
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(TokenSourceFileTest, WhatAnotherMountStoredIsUsedInsteadOfARefresh) {
  EXPECT_EQ(token(), "a1");
  ASSERT_TRUE(write_token_file(
      file, {Secret("r9"), Secret("a9"), std::chrono::floor<std::chrono::seconds>(server.clock.wall_now()) + 1h}));
  tokens->reject(Secret("a1"));
  EXPECT_EQ(token(), "a9");
  EXPECT_EQ(asked(), 1u);
}

TEST_F(TokenSourceFileTest, ARefreshTokenThatAnotherMountUsedUpMeanwhileIsLookedUpOnce) {
  server.handler = [this](const HttpRequest& request) {
    if (request.body.ends_with("r0")) {
      write_file(file, R"({"refresh_token":"r1"})");  // the other mount was faster
      return kInvalidGrant;
    }
    return granted("a1");
  };
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 2u);
}

TEST_F(TokenSourceFileTest, ThatLookIsTakenOnceOnly) {
  server.handler = [this](const HttpRequest&) {
    write_file(file, R"({"refresh_token":"r)" + std::to_string(asked()) + "\"}");
    return kInvalidGrant;
  };
  expect_error(Errc::Denied, "invalid_grant");
  EXPECT_EQ(asked(), 2u);
}

TEST_F(TokenSourceFileTest, ALoginDuringARefreshIsNotOverwritten) {
  server.handler = [this](const HttpRequest&) {
    write_file(file, R"({"refresh_token":"login"})");
    return granted("a1", "r1");
  };
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(read_token_file(file)->refresh_token.reveal(), "login");
  tokens->reject(Secret("a1"));
  token();
  EXPECT_THAT(server.transport.requests.back().body, HasSubstr("refresh_token=login"));
}

TEST_F(TokenSourceFileTest, ReloadTakesUpANewLogin) {
  EXPECT_EQ(token(), "a1");
  write_file(file, R"({"refresh_token":"login"})");
  EXPECT_EQ(token(), "a1") << "not before it is told";
  tokens->reload(options());
  EXPECT_EQ(token(), "a2");
  EXPECT_THAT(server.transport.requests.back().body, HasSubstr("refresh_token=login"));
}

TEST_F(TokenSourceFileTest, ReloadTakesUpOtherOptions) {
  EXPECT_EQ(token(), "a1");
  TokenOptions other = options();
  other.fixed = Secret("fixed");
  const auto expiry_shown = [this] { return server.metrics.text().find("\ng2afs_token_expiry") != std::string::npos; };
  tokens->reload(other);
  EXPECT_EQ(token(), "fixed");
  EXPECT_FALSE(tokens->expires_at());
  EXPECT_FALSE(expiry_shown());
  tokens->reload(options());
  EXPECT_EQ(token(), "a1");
  EXPECT_TRUE(tokens->expires_at());
  EXPECT_TRUE(expiry_shown());
  EXPECT_EQ(asked(), 1u);
}

TEST_F(TokenSourceFileTest, ReloadOfAnUnchangedFileKeepsTheToken) {
  EXPECT_EQ(token(), "a1");
  tokens->reload(options());
  EXPECT_EQ(token(), "a1");
  EXPECT_EQ(asked(), 1u);
}

}  // namespace
}  // namespace g2afs
