// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"

namespace g2afs {
namespace {

TEST(MountedPath, FindsTheRootAboveDatesRecordingsAndFiles) {
  const test::FakeMount mount;
  mount.add("2016/11/24/7", "ready", {{"7.mp4", "x"}});
  for (const auto* below : {"2016", "2016/11", "2016/11/24", "2016/11/24/7", "2016/11/24/7/7.mp4"}) {
    const auto found = find_in_mount(mount / below);
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(found->root, mount.root());
    EXPECT_EQ(found->below, below);
    EXPECT_EQ(found->device, mount.device());
    EXPECT_EQ(found->path(), mount / below);
  }
}

TEST(MountedPath, FindsTheRootItself) {
  const test::FakeMount mount;
  const auto found = find_in_mount(mount.root());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->below, "");
  EXPECT_EQ(found->path(), mount.root());
}

TEST(MountedPath, TakesAnySpelling) {
  const test::FakeMount mount;
  mount.add("2016/11/24/7", "ready");
  std::filesystem::create_directory_symlink(mount / "2016/11", mount.beside("link"));
  for (const auto& spelling : {mount / "2016/11/24/", mount / "2016//11/./24", mount / "2016/11/24/7/..",
                               mount.beside("link/24"), mount.beside("link") / "24"}) {
    const auto found = find_in_mount(spelling);
    ASSERT_TRUE(found) << spelling;
    EXPECT_EQ(found->below, "2016/11/24") << spelling;
  }
}

TEST(MountedPath, SaysWhatIsInNoMount) {
  const test::FakeMount mount;
  const auto found = find_in_mount(mount.root().parent_path());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::Invalid);
  EXPECT_EQ(found.error().what, mount.root().parent_path().native() + ": not in a g2afs mount");
  EXPECT_EQ(find_in_mount("/").error().what, "/: not in a g2afs mount");
}

TEST(MountedPath, SaysWhatDoesNotExist) {
  const test::FakeMount mount;
  const auto found = find_in_mount(mount / "2016");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::NotFound);
  EXPECT_EQ(found.error().what, (mount / "2016").native() + ": No such file or directory");
}

}  // namespace
}  // namespace g2afs
