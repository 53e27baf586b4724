// SPDX-License-Identifier: MIT
#include "g2afs/app/status_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"
#include "output_file.hpp"

#include "g2afs/app/exit_status.hpp"

namespace g2afs {
namespace {

using ::testing::StartsWith;

TEST(StatusCommand, ShowsWhatTheMountSays) {
  const test::FakeMount mount;
  const std::string text = R"({"account": "acme", "pid": 12})";
  test::write_file(mount / ".g2afs/status.json", text);
  const test::OutputFile shown, plain;
  EXPECT_EQ(run_status({.mountpoint = mount.root()}, shown.fd()), kFine);
  EXPECT_EQ(shown.text(), "acme at " + mount.root().native() + "\nDaemon      process 12\n");
  EXPECT_EQ(run_status({.mountpoint = mount.root(), .json = true}, plain.fd()), kFine);
  EXPECT_EQ(plain.text(), text);
}

TEST(StatusCommand, FailsInOneLine) {
  const test::FakeMount mount;
  const test::OutputFile shown;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_status({.mountpoint = mount.beside("")}, shown.fd()), kFailed);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "g2afs: " + mount.beside("").native() + ": not a g2afs mount\n");
  for (const char* text : {"", "{", "[]"}) {
    test::write_file(mount / ".g2afs/status.json", text);
    testing::internal::CaptureStderr();
    EXPECT_EQ(run_status({.mountpoint = mount.root(), .json = true}, shown.fd()), kFailed) << text;
    EXPECT_THAT(testing::internal::GetCapturedStderr(), StartsWith("g2afs: " + mount.root().native() + ": "));
  }
  EXPECT_EQ(shown.text(), "");
}

}  // namespace
}  // namespace g2afs
