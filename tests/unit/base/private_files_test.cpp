// SPDX-License-Identifier: MIT
#include "g2afs/base/private_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs::test {
namespace {

namespace stdfs = std::filesystem;
using testing::HasSubstr;

void expect_error(const stdfs::path& file, Errc code, const std::string& part, Pipes pipes = Pipes::Refuse) {
  const auto read = read_private_file(file, 100, pipes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, code) << read.error().what;
  EXPECT_THAT(read.error().what, HasSubstr(file.string() + ": "));
  EXPECT_THAT(read.error().what, HasSubstr(part));
}

TEST(PrivateFiles, ReadsWhatOnlyTheOwnerMayRead) {
  const TemporaryDirectory directory;
  write_file(directory / "secret", std::string(100, 'x'));
  const auto read = read_private_file(directory / "secret", 100, Pipes::Refuse);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, std::string(100, 'x'));
  EXPECT_TRUE(read->regular);
}

TEST(PrivateFiles, RefusesWhatOthersMayUseAndSaysWhatMendsIt) {
  const TemporaryDirectory directory;
  for (const unsigned mode : {0644U, 0640U, 0606U, 0601U}) {
    write_file(directory / "it's", "x", mode);
    expect_error(directory / "it's", Errc::Denied, "chmod 600 '" + (directory / "it'\\''s").string() + "'");
  }
}

TEST(PrivateFiles, NamesWhatIsNoFile) {
  const TemporaryDirectory directory;
  expect_error(directory / "none", Errc::NotFound, "No such file");
  write_file(directory / "large", std::string(101, 'x'));
  expect_error(directory / "large", Errc::Invalid, "too large");
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  expect_error(directory / "pipe", Errc::Invalid, "is no file");
  expect_error(directory.path(), Errc::Invalid, "is no file");
}

TEST(PrivateFiles, MakesDirectoriesForTheOwnerOnly) {
  const TemporaryDirectory directory;
  EXPECT_FALSE(make_private_directories(directory / "a/b/c"));
  EXPECT_FALSE(make_private_directories(directory / "a/b/c")) << "they are there";
  for (const char* one : {"a", "a/b", "a/b/c"}) {
    EXPECT_EQ(stdfs::status(directory / one).permissions(), stdfs::perms(0700));
  }
  write_file(directory / "file", "");
  EXPECT_TRUE(make_private_directories(directory / "file/below"));
}

}  // namespace
}  // namespace g2afs::test
