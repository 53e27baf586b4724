// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fakes/temporary_directory.hpp"

#include "g2afs/api/token_source.hpp"

namespace g2afs {
namespace {

using test::read_file;
using test::TemporaryDirectory;
using test::write_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

unsigned mode_of(const std::filesystem::path& path) {
  return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

StoredTokens tokens(const char* refresh, const char* access = "", std::optional<std::int64_t> ends = {}) {
  StoredTokens result;
  result.refresh_token = Secret(refresh);
  result.access_token = Secret(access);
  if (ends) result.expires_at = std::chrono::sys_seconds(std::chrono::seconds(*ends));
  return result;
}

struct TokenFile : testing::Test {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "token.json";

  void expect_error(Errc code, const std::string& words) {
    const auto read = read_token_file(file);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, code) << read.error().what;
    EXPECT_THAT(read.error().what, AllOf(HasSubstr(words), HasSubstr(file.string()), Not(HasSubstr("secret"))));
  }
};

TEST_F(TokenFile, WhatWasWrittenIsRead) {
  for (const StoredTokens& written : {tokens("r1"), tokens("r2", "a2", 1'800'000'000), tokens("r3", "a3")}) {
    ASSERT_TRUE(write_token_file(file, written));
    const auto read = read_token_file(file);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_TRUE(*read == written);
  }
}

TEST_F(TokenFile, IsPrivateWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const auto nested = directory / "state" / "g2afs" / "token.json";
  const auto written = write_token_file(nested, tokens("r"));
  ::umask(before);
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(mode_of(nested), 0600u);
  EXPECT_EQ(mode_of(nested.parent_path()), 0700u);
  EXPECT_EQ(mode_of(nested.parent_path().parent_path()), 0700u);
}

TEST_F(TokenFile, ReplacesTheFileInOneStep) {
  ASSERT_TRUE(write_token_file(file, tokens("old")));
  const auto other_name = directory / "linked";
  std::filesystem::create_hard_link(file, other_name);
  ASSERT_TRUE(write_token_file(file, tokens("new")));
  EXPECT_THAT(read_file(other_name), HasSubstr("old")) << "the old file was not touched, but replaced";
  EXPECT_THAT(read_file(file), HasSubstr("new"));
  std::filesystem::remove(other_name);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1) << "nothing left aside";
}

TEST_F(TokenFile, UnknownMembersAreKeptAndStaleOnesGo) {
  write_file(file, R"({"account_key":"18446744073709551615","refresh_token":"old","access_token":"a","expires_at":7})");
  ASSERT_TRUE(write_token_file(file, tokens("new")));
  const auto json = nlohmann::json::parse(read_file(file));
  EXPECT_EQ(json, (nlohmann::json{{"account_key", "18446744073709551615"}, {"refresh_token", "new"}}));
}

TEST_F(TokenFile, ReplacesWhatIsNoTokenFile) {
  write_file(file, "not JSON");
  ASSERT_TRUE(write_token_file(file, tokens("r")));
  EXPECT_TRUE(read_token_file(file));
}

TEST_F(TokenFile, RefusesAFileThatOthersCanReadWithTheChmodThatMendsIt) {
  for (const unsigned mode : {0640u, 0604u, 0644u, 0660u, 0620u, 0601u}) {
    write_file(file, R"({"refresh_token":"secret"})", mode);
    expect_error(Errc::Denied, "): chmod 600 " + file.string());
  }
  std::filesystem::permissions(file, std::filesystem::perms(0400));
  EXPECT_TRUE(read_token_file(file));
}

TEST_F(TokenFile, AMissingFileIsNotFound) {
  expect_error(Errc::NotFound, "No such file");
  file = directory / "missing" / "token.json";
  expect_error(Errc::NotFound, "No such file");
}

TEST_F(TokenFile, AMalformedFileIsInvalid) {
  for (const char* text : {"", "[]", "secret", R"({"refresh_token":"secret")"}) {
    write_file(file, text);
    expect_error(Errc::Invalid, "holds no JSON object");
  }
  for (const char* text : {"{}", R"({"refresh_token":""})", R"({"refresh_token":7})", R"({"access_token":"secret"})"}) {
    write_file(file, text);
    expect_error(Errc::Invalid, "holds no refresh_token");
  }
  write_file(file, std::string(2 << 20, ' '));
  expect_error(Errc::Invalid, "too large");
}

TEST_F(TokenFile, WhatIsNoFileIsInvalidAndDoesNotHang) {
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_error(Errc::Invalid, "is no file");
}

TEST_F(TokenFile, AWriteThatFailsSaysWhyAndLeavesNothing) {
  write_file(directory / "file", "");
  file = directory / "file" / "token.json";
  const auto written = write_token_file(file, tokens("secret"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::Unavailable);
  EXPECT_THAT(written.error().what, AllOf(HasSubstr(file.string()), HasSubstr("Not a directory")));

  file = directory / "taken";
  std::filesystem::create_directories(file / "by a directory");
  EXPECT_FALSE(write_token_file(file, tokens("secret")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 2);
}

}  // namespace
}  // namespace g2afs
