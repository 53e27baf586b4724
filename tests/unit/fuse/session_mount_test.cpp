// SPDX-License-Identifier: MIT
// Real mounts. Skipped where this process may not mount.
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/mount.h>
#include <unistd.h>

#include "fakes/temporary_directory.hpp"
#include "session_fixture.hpp"

#include "g2afs/fuse/mount_table.hpp"
#include "g2afs/fuse/mountpoint.hpp"

namespace g2afs::test {
namespace {

class SessionMount : public AccountFixture {
 protected:
  void SetUp() override {
    AccountFixture::SetUp();
    if (::geteuid() != 0 || ::access("/dev/fuse", R_OK | W_OK) != 0) GTEST_SKIP() << "needs root and /dev/fuse";
    make_session({.mountpoint = path});
    ASSERT_TRUE(session->mount());
    on_loop([this] { start_session(); });
  }

  void stop() {
    on_loop([this] { session->stop(); });
  }

  /// Reads the video's first bytes; 0 or an errno.
  int read_video() const {
    const int file = ::open((path + kVideo).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno;
    char byte = 0;
    const int error = ::read(file, &byte, 1) == 1 ? 0 : errno;
    ::close(file);
    return error;
  }

  /// A process that hangs in a read; the promise gets its errno.
  std::thread hang() {
    on_loop([this] { server = Server::Hangs; });
    std::thread reader([this] { reader_error.set_value(read_video()); });
    until_hanging();
    return reader;
  }

  static constexpr const char* kVideo = "/2016/11/24/18446744/18446744.mp4";
  TemporaryDirectory directory;
  const std::string path = directory.path().string();
  std::promise<int> reader_error;
};

TEST_F(SessionMount, ShowsTheTreeAndLeavesNothingBehind) {
  std::size_t recordings = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path + "/2016/11/24")) ++recordings;
  EXPECT_EQ(recordings, static_cast<std::size_t>(kRecordings));
  std::ifstream file(path + kVideo, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  EXPECT_EQ(bytes.str(), video);
  file.close();
  stop();
  EXPECT_EQ(MountTable::read().at(path), std::nullopt);
}

TEST_F(SessionMount, AnUnmountEndsTheSession) {
  ASSERT_TRUE(std::filesystem::exists(path + "/2016"));
  ASSERT_EQ(::umount2(path.c_str(), 0), 0);
  EXPECT_TRUE(ended.get_future().get());
}

TEST_F(SessionMount, ADetachEndsTheSessionThoughAReadHangs) {
  auto reader = hang();
  ASSERT_NE(::umount2(path.c_str(), 0), 0) << "busy";
  ASSERT_EQ(::umount2(path.c_str(), MNT_DETACH), 0);
  EXPECT_TRUE(ended.get_future().get());
  stop();
  EXPECT_NE(reader_error.get_future().get(), 0);
  reader.join();
}

TEST_F(SessionMount, StopDetachesThoughAReadHangs) {
  auto reader = hang();
  stop();
  EXPECT_NE(reader_error.get_future().get(), 0);
  reader.join();
  EXPECT_EQ(MountTable::read().at(path), std::nullopt);
}

TEST_F(SessionMount, AnotherMountInItsPlaceIsLeftAlone) {
  const int open_file = ::open((path + kVideo).c_str(), O_RDONLY | O_CLOEXEC);  // pins the connection
  ASSERT_GE(open_file, 0);
  ASSERT_EQ(::umount2(path.c_str(), MNT_DETACH), 0);
  ASSERT_EQ(::mount("other", path.c_str(), "tmpfs", 0, nullptr), 0);
  stop();
  EXPECT_TRUE(MountTable::read().at(path)) << "the tmpfs";
  EXPECT_EQ(::umount2(path.c_str(), 0), 0);
  ::close(open_file);
}

TEST_F(SessionMount, TheMountOfAKilledProcessIsRemoved) {
  stop();
  const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  const auto options = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
  ASSERT_EQ(::mount("dead", path.c_str(), "fuse", 0, options.c_str()), 0);
  ::close(device);  // as the kernel does for a killed process
  ASSERT_TRUE(MountTable::read().at(path));
  EXPECT_EQ(prepare_mountpoint(path).value_or(""), path);
  EXPECT_EQ(MountTable::read().at(path), std::nullopt);
}

TEST_F(SessionMount, AMountThatCannotBeSaysWhy) {
  stop();
  const auto mount = [this](SessionOptions options) {
    make_session(std::move(options));
    const auto mounted = session->mount();
    return mounted ? Error{} : mounted.error();
  };
  EXPECT_EQ(mount({.mountpoint = path + "/none"}).what, path + "/none: No such file or directory");
  EXPECT_EQ(mount({.mountpoint = "/proc/self/status"}).code, Errc::NotDirectory);
  const auto unknown = mount({.mountpoint = path, .options = {"nonsense"}});
  EXPECT_EQ(unknown.code, Errc::Invalid);
  EXPECT_NE(unknown.what.find("nonsense"), std::string::npos);
}

TEST_F(SessionMount, OptionsReachTheMountTable) {
  stop();
  make_session({.mountpoint = path, .source = "recordings, mine", .options = {"noexec", "max_read=65536"}});
  ASSERT_TRUE(session->mount());
  on_loop([this] { start_session(); });
  std::ifstream table("/proc/self/mountinfo");
  std::string line;
  while (std::getline(table, line) && line.find(path) == std::string::npos) {
  }
  for (const auto* text :
       {"nosuid", "nodev", "noexec", "fuse.g2afs", "recordings,\\040mine", "default_permissions", "max_read=65536"}) {
    EXPECT_NE(line.find(text), std::string::npos) << text << " in " << line;
  }
  EXPECT_TRUE(std::filesystem::exists(path + "/2016")) << "INIT agrees with max_read";
}

}  // namespace
}  // namespace g2afs::test
