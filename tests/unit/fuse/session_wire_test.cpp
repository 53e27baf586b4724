// SPDX-License-Identifier: MIT
// What the kernel asks and gets, request by request.
#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <set>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "session_fixture.hpp"

namespace g2afs::test {
namespace {

class SessionWire : public SessionFixture {};

TEST_F(SessionWire, NegotiatesWhatItNeeds) {
  constexpr std::uint32_t kOn = FUSE_ASYNC_READ | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_EXPORT_SUPPORT;
  constexpr std::uint32_t kOff = FUSE_AUTO_INVAL_DATA | FUSE_WRITEBACK_CACHE | FUSE_ASYNC_DIO | FUSE_ATOMIC_O_TRUNC;
  EXPECT_EQ(init.flags & kOn, kOn);
  EXPECT_EQ(init.flags & kOff, 0u);
  EXPECT_EQ(init.max_background, 1024);
  EXPECT_EQ(init.congestion_threshold, 768);
  EXPECT_EQ(init.max_readahead, 1u << 20);
  EXPECT_EQ(init.max_pages * 4096u, 1u << 20);
}

TEST_F(SessionWire, LookupLearnsFromTheApiAndAnswersFromTheSnapshot) {
  const auto node = inode_of_video();
  const auto asked = wire.lookup(inode_of({"2016", "11", "24", "18446744"}), "18446744.mp4");
  ASSERT_EQ(asked.error, 0);
  const auto entry = asked.as<fuse_entry_out>();
  EXPECT_EQ(entry.nodeid, node);
  EXPECT_EQ(entry.attr.size, kVideoSize);
  EXPECT_EQ(entry.attr.mode, S_IFREG | 0644u);
  EXPECT_EQ(entry.attr.uid, 1000u);
  EXPECT_EQ(entry.entry_valid, 60u);
  EXPECT_EQ(entry.attr_valid, 60u);
}

TEST_F(SessionWire, ANameThatCannotExistIsNotFound) {
  EXPECT_EQ(wire.lookup(FUSE_ROOT_ID, ".Trash").error, ENOENT);
  EXPECT_EQ(wire.getattr(0x7fff'ffff'ffff'ffff).error, ENOENT);
}

TEST_F(SessionWire, WhatIsMadeAnewIsNotRemembered) {
  const auto entry = wire.lookup(inode_of({".g2afs"}), "status.json").as<fuse_entry_out>();
  EXPECT_EQ(entry.entry_valid, 0u);
  EXPECT_EQ(entry.attr_valid, 0u);
  const auto opened = wire.open(entry.nodeid).as<fuse_open_out>();
  EXPECT_EQ(opened.open_flags & (FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE), static_cast<std::uint32_t>(FOPEN_DIRECT_IO));
  EXPECT_EQ(wire.read(entry.nodeid, opened.fh, 0, 4096).body, "{}\n");
}

TEST_F(SessionWire, DirectoriesArePagedFromTheViewOfTheirOpening) {
  const auto day = inode_of_day();
  const auto handle = wire.opendir(day).as<fuse_open_out>().fh;
  std::vector<std::string> names;
  std::uint64_t offset = 0;
  for (;;) {
    const auto page = wire.readdir(day, handle, offset, 256, false);
    if (page.empty()) break;
    for (const auto& entry : page) names.push_back(entry.name);
    offset = page.back().next;
  }
  ASSERT_EQ(names.size(), 2u + kRecordings);
  EXPECT_EQ(names.at(0), ".");
  EXPECT_EQ(names.at(1), "..");
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
  const auto again = wire.readdir(day, handle, 2, 256, false);
  EXPECT_EQ(again.front().name, names.at(2)) << "an offset stays good (seekdir)";

  fuse_release_in release{};
  release.fh = handle;
  EXPECT_EQ(wire.ask(FUSE_RELEASEDIR, day, FuseWire::bytes(release)).error, 0);
  EXPECT_THROW(wire.readdir(day, handle, 0, 256, false), std::system_error);
}

TEST_F(SessionWire, TheKernelKeepsADirectoryThatItHasReadUntilItChanges) {
  const auto kept = [this](std::uint64_t node, bool read) {
    const auto opened = wire.opendir(node).as<fuse_open_out>();
    EXPECT_TRUE(opened.open_flags & FOPEN_CACHE_DIR);
    if (read) wire.readdir(node, opened.fh, 0, 4096, true);
    return (opened.open_flags & FOPEN_KEEP_CACHE) != 0;
  };
  for (const std::uint64_t node : {std::uint64_t{FUSE_ROOT_ID}, inode_of({"2016"}), inode_of({"2016", "11"}),
                                   inode_of_day(), inode_of({"2016", "11", "24", "18446744"})}) {
    EXPECT_FALSE(kept(node, false));
    EXPECT_FALSE(kept(node, true)) << "nobody has read it yet";
    EXPECT_TRUE(kept(node, false));
    EXPECT_TRUE(kept(node, true));
  }
  api.add({.id = {7}, .start = parse_iso8601("2016-11-24T11:00:00Z").value(), .video_size = 1});
  const auto day = inode_of_day();
  EXPECT_EQ(wire.wait_for(wire.send_setxattr(day, "user.g2afs.refresh", "1")).error, 0);
  EXPECT_FALSE(kept(day, true));
  EXPECT_TRUE(kept(day, false));
}

TEST_F(SessionWire, ReaddirplusLeavesOutWhatIsNotKnown) {
  const auto recording = inode_of({"2016", "11", "24", "18446744"});
  const auto handle = wire.opendir(recording).as<fuse_open_out>().fh;
  std::map<std::string, FuseWire::Entry> entries;
  for (auto& entry : wire.readdir(recording, handle, 0, 4096, true)) entries.emplace(entry.name, entry);
  EXPECT_EQ(entries.at("18446744.mp4").attributes.attr.size, kVideoSize);
  EXPECT_EQ(entries.at("18446744.events").attributes.nodeid, 0u) << "its size has to be asked for";
  EXPECT_EQ(entries.at("18446744.events").type, DT_REG);
  EXPECT_NE(entries.at("18446744.events").ino, 0u);
}

TEST_F(SessionWire, ReadsReturnTheFilesBytes) {
  const auto node = inode_of_video();
  const auto handle = open(node);
  for (const auto& [offset, size] : {std::pair{0u, 4096u}, {131'000u, 1'000u}, {1u, 131'072u}, {299'999u, 4'096u}}) {
    const auto answer = wire.read(node, handle, offset, size);
    ASSERT_EQ(answer.error, 0);
    EXPECT_EQ(answer.body, video.substr(offset, size)) << offset;
  }
  EXPECT_EQ(wire.read(node, handle, kVideoSize, 4096).body, "");
  EXPECT_EQ(wire.read(node, handle, kVideoSize + 5, 4096).error, 0);
}

TEST_F(SessionWire, ReleaseClosesTheFile) {
  const auto node = inode_of_video();
  fuse_release_in release{};
  release.fh = open(node);
  on_loop([&] { EXPECT_EQ(content.open_files().size(), 1u); });
  EXPECT_EQ(wire.ask(FUSE_RELEASE, node, FuseWire::bytes(release)).error, 0);
  on_loop([&] { EXPECT_EQ(content.open_files().size(), 0u); });
}

TEST_F(SessionWire, AFailureIsAnErrorAndNeverEmpty) {
  const auto node = inode_of_video();
  const auto handle = open(node);
  on_loop([this] { server = Server::Fails; });
  EXPECT_EQ(wire.read(node, handle, 0, 4096).error, EIO);
}

TEST_F(SessionWire, AStaleListingIsShownWithoutWaitingForTheApi) {
  const auto day = inode_of_day();
  const auto first = wire.opendir(day).as<fuse_open_out>().fh;
  EXPECT_EQ(wire.readdir(day, first, 0, 65536, false).size(), 2u + kRecordings);
  std::promise<void> hang, release;
  auto released = release.get_future();
  on_loop([this] { clock.advance(std::chrono::hours{1}); });
  // Nobody can be waited for: the loop itself is busy with something else.
  loop.post([&] {
    hang.set_value();
    released.wait();
  });
  hang.get_future().wait();
  const auto handle = wire.opendir(day).as<fuse_open_out>().fh;
  EXPECT_EQ(wire.readdir(day, handle, 0, 65536, false).size(), 2u + kRecordings);
  EXPECT_EQ(wire.lookup(day, "18446744").error, 0);
  EXPECT_EQ(wire.getattr(day).error, 0);
  release.set_value();
  on_loop([] {});  // it has left what ends with this function
}

TEST_F(SessionWire, WhoOpensADirectoryWithoutWantingOneDoesNotWaitForItsListing) {
  on_loop([this] { api.fault = [](FakeArchiveApi::Call) { return std::optional(Errc::Unavailable); }; });
  EXPECT_EQ(wire.opendir(FUSE_ROOT_ID).error, EIO);
  const auto handle = wire.opendir(FUSE_ROOT_ID, 0).as<fuse_open_out>().fh;
  EXPECT_THROW(wire.readdir(FUSE_ROOT_ID, handle, 0, 4096, false), std::system_error) << "and never empty";
  on_loop([this] { api.fault = nullptr; });
  EXPECT_EQ(wire.readdir(FUSE_ROOT_ID, handle, 0, 4096, false).size(), 3u);
  const auto page = wire.readdir(FUSE_ROOT_ID, handle, 2, 4096, false);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page.front().name, "2016");
}

TEST_F(SessionWire, EverythingThatWouldChangeTheTreeIsReadOnly) {
  const auto node = inode_of_video();
  const auto day = inode_of_day();
  for (const std::uint32_t flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND}) {
    EXPECT_EQ(wire.open(node, flags).error, EROFS) << flags;
  }
  const std::string name = FuseWire::name("x");
  EXPECT_EQ(wire.ask(FUSE_SETATTR, node, FuseWire::bytes(fuse_setattr_in{})).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_MKNOD, day, FuseWire::bytes(fuse_mknod_in{}) + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_MKDIR, day, FuseWire::bytes(fuse_mkdir_in{}) + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_CREATE, day, FuseWire::bytes(fuse_create_in{}) + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_UNLINK, day, name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_RMDIR, day, name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_SYMLINK, day, name + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_RENAME, day, FuseWire::bytes(fuse_rename_in{}) + name + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_RENAME2, day, FuseWire::bytes(fuse_rename2_in{}) + name + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_LINK, day, FuseWire::bytes(fuse_link_in{}) + name).error, EROFS);
  EXPECT_EQ(wire.ask(FUSE_FALLOCATE, node, FuseWire::bytes(fuse_fallocate_in{})).error, EROFS);
}

TEST_F(SessionWire, WhatTheKernelDoesAloneIsLeftToIt) {
  const auto node = inode_of_video();
  EXPECT_EQ(wire.ask(FUSE_ACCESS, node, FuseWire::bytes(fuse_access_in{})).error, ENOSYS);
  EXPECT_EQ(wire.ask(FUSE_FLUSH, node, FuseWire::bytes(fuse_flush_in{})).error, ENOSYS);
  EXPECT_EQ(wire.ask(FUSE_FSYNC, node, FuseWire::bytes(fuse_fsync_in{})).error, ENOSYS);
  EXPECT_EQ(wire.ask(FUSE_LSEEK, node, FuseWire::bytes(fuse_lseek_in{})).error, ENOSYS);
  EXPECT_EQ(wire.ask(FUSE_IOCTL, node, FuseWire::bytes(fuse_ioctl_in{})).error, ENOTTY);
}

TEST_F(SessionWire, ExtendedAttributesTellTheirSizeFirst) {
  const auto node = inode_of_video();
  EXPECT_EQ(wire.getxattr(node, "user.g2afs.id", 0).as<fuse_getxattr_out>().size, 8u);
  EXPECT_EQ(wire.getxattr(node, "user.g2afs.id", 7).error, ERANGE);
  EXPECT_EQ(wire.getxattr(node, "user.g2afs.id", 8).body, "18446744");
  EXPECT_EQ(wire.getxattr(node, "security.capability", 64).error, ENODATA);

  fuse_getxattr_in list{};
  list.size = 4096;
  const auto names = wire.ask(FUSE_LISTXATTR, node, FuseWire::bytes(list));
  ASSERT_EQ(names.error, 0);
  EXPECT_NE(names.body.find(FuseWire::name("user.g2afs.id")), std::string::npos);
}

TEST_F(SessionWire, WritingExtendedAttributesIsTheFileSystemsBusiness) {
  const auto node = inode_of_video();
  const auto day = inode_of_day();
  on_loop([this] { api.reset_calls(); });
  EXPECT_EQ(wire.wait_for(wire.send_setxattr(day, "user.g2afs.refresh", "1")).error, 0);
  on_loop([this] { EXPECT_GT(api.calls(), 0); });
  EXPECT_EQ(wire.wait_for(wire.send_setxattr(node, "user.g2afs.nonsense", "1")).error, EOPNOTSUPP);
  EXPECT_EQ(wire.wait_for(wire.send_setxattr(node, "user.other", "1")).error, EOPNOTSUPP);
  EXPECT_EQ(wire.ask(FUSE_REMOVEXATTR, node, FuseWire::name("user.g2afs.archived")).error, EOPNOTSUPP);
}

TEST_F(SessionWire, BadExtendedAttributesHaveTheirErrnoAndCostNoRequest) {
  const auto node = inode_of_video();
  const auto day = inode_of_day();
  on_loop([this] { api.reset_calls(); });
  struct Row {
    std::uint64_t node;
    std::string name, value;
    std::uint32_t flags;
    int error;
  };
  const std::string archived = "user.g2afs.archived", transcode = "user.g2afs.transcode";
  for (const Row& row : std::initializer_list<Row>{
           {node, archived, "0", 0, EINVAL},
           {node, archived, "", 0, EINVAL},
           {day, archived, "2", 0, EINVAL},
           {day, transcode, std::string("1\0\xff", 3), 0, EINVAL},
           {node, transcode, std::string(65'536, '1'), 0, EINVAL},
           {node, archived, "1", XATTR_CREATE, EEXIST},
           {day, archived, "1", XATTR_REPLACE, ENODATA},
           {node, transcode, "1", XATTR_REPLACE, ENODATA},
           {day, "user.g2afs.refresh", "1", XATTR_REPLACE, ENODATA},
           {node, "user.g2afs.refresh", "1", 0, EOPNOTSUPP},
           {node, "user.g2afs.id", "1", 0, EOPNOTSUPP},
           {node, "user.g2afs.nonsense", "1", 0, EOPNOTSUPP},
           {node, "user.other", "1", 0, EOPNOTSUPP},
           {node, "security.selinux", "x", 0, EOPNOTSUPP},
           {node, "system.posix_acl_access", "x", 0, EOPNOTSUPP},
           {day, "trusted.x", "x", 0, EOPNOTSUPP},
       }) {
    EXPECT_EQ(wire.wait_for(wire.send_setxattr(row.node, row.name, row.value, row.flags)).error, row.error)
        << row.name << " " << row.flags;
  }
  for (const char* name : {"system.posix_acl_access", "trusted.x", "user.other", "user.g2afs.transcode"}) {
    EXPECT_EQ(wire.getxattr(node, name, 100).error, ENODATA) << name;
  }
  on_loop([this] { EXPECT_EQ(api.calls() + api.changes, 0); });
}

TEST_F(SessionWire, SettingArchivedReachesTheAccount) {
  const auto node = inode_of_video();
  const auto request = wire.send_setxattr(node, "user.g2afs.archived", "1", XATTR_REPLACE);
  // Others may come for so long.
  for (bool waits = false; !waits;) on_loop([&] { waits = clock.sleeping() > 0; });
  on_loop([this] { clock.advance(ControlBatcher::kTogether); });
  EXPECT_EQ(wire.wait_for(request).error, 0);
  EXPECT_EQ(wire.getxattr(node, "user.g2afs.archived", 10).body, "1");
  on_loop([this] { EXPECT_TRUE(api.find({18446744})->archived); });
  EXPECT_EQ(wire.wait_for(wire.send_setxattr(inode_of_day(), "user.g2afs.archived", "1")).error, 0);
  on_loop([this] { EXPECT_TRUE(api.find({18446745})->archived); });
}

TEST_F(SessionWire, AnInterruptEndsASetxattrAtOnceAndNothingIsSent) {
  const auto node = inode_of_video();
  const auto request = wire.send_setxattr(node, "user.g2afs.archived", "1");
  for (bool waits = false; !waits;) on_loop([&] { waits = clock.sleeping() > 0; });
  wire.interrupt(request);
  EXPECT_EQ(wire.wait_for(request).error, EINTR);
  on_loop([this] { clock.advance(std::chrono::seconds{1}); });
  on_loop([this] { EXPECT_EQ(api.changes, 0); });
}

TEST_F(SessionWire, AnOpenFileThatHasLeftTheTreeHasAttributesUntilItIsClosed) {
  const auto node = inode_of_video();
  const auto day = inode_of_day();
  const auto handle = open(node);
  on_loop([this] { api.remove({18446744}); });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(wire.wait_for(wire.send_setxattr(day, "user.g2afs.refresh", "1")).error, 0);
  EXPECT_EQ(wire.lookup(day, "18446744").error, ENOENT);
  EXPECT_EQ(wire.getattr(node).as<fuse_attr_out>().attr.size, kVideoSize);
  fuse_release_in release{};
  release.fh = handle;
  EXPECT_EQ(wire.ask(FUSE_RELEASE, node, FuseWire::bytes(release)).error, 0);
  on_loop([] {});
  EXPECT_EQ(wire.getattr(node).error, ENOENT);
}

TEST_F(SessionWire, StatfsCountsWhatIsKnown) {
  inode_of_video();
  const auto stat = wire.ask(FUSE_STATFS, FUSE_ROOT_ID).as<fuse_statfs_out>().st;
  EXPECT_GE(stat.blocks * stat.frsize, kRecordings * kVideoSize);
  EXPECT_EQ(stat.bfree, 0u);
}

TEST_F(SessionWire, TheKernelIsToldWhatVanished) {
  const auto day = inode_of_day();
  on_loop([this, day] {
    session->kernel_cache().entry_gone(day, 4711, "4711");
    session->kernel_cache().changed(day);
  });
  std::map<int, FuseWire::Answer> notices;
  for (int i = 0; i < 2; ++i) {
    auto notice = wire.next_notification();
    notices.emplace(notice.error, std::move(notice));
  }
  const auto gone = notices.at(FUSE_NOTIFY_DELETE).as<fuse_notify_delete_out>();
  EXPECT_EQ(gone.parent, day);
  EXPECT_EQ(gone.child, 4711u);
  EXPECT_EQ(notices.at(FUSE_NOTIFY_DELETE).body.substr(sizeof gone), FuseWire::name("4711"));
  const auto changed = notices.at(FUSE_NOTIFY_INVAL_INODE).as<fuse_notify_inval_inode_out>();
  EXPECT_EQ(changed.ino, day);
  EXPECT_EQ(changed.off, -1) << "dropping pages could wait for a read that hangs";
}

}  // namespace
}  // namespace g2afs::test
