// SPDX-License-Identifier: MIT
// (What a real mount, one that is stopped and one whose daemon has died answer: tests/system/status_test.sh.)
#include "g2afs/app/status_file.hpp"

#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

TEST(StatusFile, IsReadWhereTheTableOfMountsDoesNotTell) {
  const test::TemporaryDirectory directory;
  std::filesystem::create_directory(directory / ".g2afs");
  directory.write(".g2afs/status.json", "{}\n" + std::string(100'000, ' '));
  EXPECT_EQ(read_status_file(directory.path()).value().size(), 100'003U);
}

TEST(StatusFile, APlaceWithoutOneIsNoMount) {
  const test::TemporaryDirectory directory;
  for (const auto& path : {directory.path(), std::filesystem::path(directory.write("file", ""))}) {
    const auto text = read_status_file(path);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::Invalid);
    EXPECT_EQ(text.error().what, path.native() + ": not a g2afs mount");
  }
}

TEST(StatusFile, APathThatIsNotThereIsSaidToBeSo) {
  const test::TemporaryDirectory directory;
  const auto text = read_status_file(directory / "mnt");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::NotFound);
  EXPECT_EQ(text.error().what, (directory / "mnt").native() + ": No such file or directory");
}

}  // namespace
}  // namespace g2afs
