// SPDX-License-Identifier: MIT
#include "g2afs/app/directory_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"

namespace g2afs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DirectoryNames, AreAllThereAre) {
  const test::FakeMount mount;
  std::filesystem::create_directory(mount / "2016");
  EXPECT_THAT(directory_names(mount / "2016", mount.device()).value(), IsEmpty());
  for (const auto* name : {"24", "03", ".hidden", "7.mp4"}) test::write_file(mount / "2016" / name, "");
  EXPECT_THAT(directory_names(mount / "2016", mount.device()).value(), ElementsAre(".hidden", "03", "24", "7.mp4"));
}

TEST(DirectoryNames, FailsForWhatIsNoneOrNotThere) {
  const test::FakeMount mount;
  EXPECT_EQ(directory_names(mount / "2016", mount.device()).error().code, Errc::NotFound);
  const auto file = mount / ".g2afs/status.json";
  EXPECT_EQ(directory_names(file, mount.device()).error().what, file.native() + ": Not a directory");
}

TEST(DirectoryNames, FailsForAnotherFileSystem) {
  const test::FakeMount mount;
  const auto names = directory_names("/proc/self", mount.device());
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().what, "/proc/self: another file system is mounted there");
}

}  // namespace
}  // namespace g2afs
