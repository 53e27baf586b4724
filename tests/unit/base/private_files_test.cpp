// SPDX-License-Identifier: MIT
#include "g2afs/base/private_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(PrivateFiles, ReplacesAFileByAPrivateOneOrByOneLikeIt) {
  const TemporaryDirectory directory;
  const auto file = directory / "file";
  write_file(file, "old", 0640);
  if (::getuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), 12, 34), 0);
  }
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  EXPECT_FALSE(replace_file(file, "new", Replacement::KeepsModeAndOwner));
  ASSERT_EQ(::stat(file.c_str(), &after), 0);
  EXPECT_EQ(read_file(file), "new");
  EXPECT_NE(after.st_ino, before.st_ino) << "not written in place";
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);

  EXPECT_FALSE(replace_file(file, "secret", Replacement::Private));
  ASSERT_EQ(::stat(file.c_str(), &after), 0);
  EXPECT_EQ(after.st_mode & 07777U, 0600U);
  EXPECT_EQ(after.st_uid, ::geteuid());
}

TEST(PrivateFiles, LeavesNothingBehindWhereItCannotReplace) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(replace_file(directory / "none", "new", Replacement::KeepsModeAndOwner));
  EXPECT_TRUE(replace_file(directory / "no/where", "new", Replacement::Private));
  stdfs::create_directory(directory / "taken");
  EXPECT_TRUE(replace_file(directory / "taken", "new", Replacement::Private));
  EXPECT_EQ(std::distance(stdfs::directory_iterator(directory.path()), {}), 1);
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
