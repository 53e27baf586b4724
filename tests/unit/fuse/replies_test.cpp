// SPDX-License-Identifier: MIT
#include "g2afs/fuse/replies.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <linux/fuse.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

Attributes file_of(std::uint64_t size) {
  return {.ino = 7,
          .mode = S_IFREG | 0644,
          .links = 1,
          .uid = 12,
          .gid = 34,
          .size = size,
          .time = Time{std::chrono::milliseconds{1'479'983'400'250}}};
}

class ListView final : public DirectoryView {
 public:
  explicit ListView(std::vector<DirectoryEntry> entries) : entries_(std::move(entries)) {}
  std::size_t size() const override { return entries_.size(); }
  DirectoryEntry at(std::size_t index) const override { return entries_.at(index); }
  bool read_before() const override { return false; }
  void note_read() const override {}

 private:
  std::vector<DirectoryEntry> entries_;
};

TEST(Replies, StatHasEveryAttribute) {
  const auto stat = to_stat(file_of(1025));
  EXPECT_EQ(stat.st_ino, 7u);
  EXPECT_EQ(stat.st_mode, S_IFREG | 0644u);
  EXPECT_EQ(stat.st_nlink, 1u);
  EXPECT_EQ(stat.st_uid, 12u);
  EXPECT_EQ(stat.st_gid, 34u);
  EXPECT_EQ(stat.st_size, 1025);
  EXPECT_EQ(stat.st_blocks, 3) << "du counts in 512 bytes";
  for (const auto& time : {stat.st_mtim, stat.st_ctim, stat.st_atim}) {
    EXPECT_EQ(time.tv_sec, 1'479'983'400);
    EXPECT_EQ(time.tv_nsec, 250'000'000);
  }
}

TEST(Replies, TimesBefore1970HavePositiveNanoseconds) {
  auto attributes = file_of(0);
  attributes.time = Time{std::chrono::milliseconds{-1}};
  const auto stat = to_stat(attributes);
  EXPECT_EQ(stat.st_mtim.tv_sec, -1);
  EXPECT_EQ(stat.st_mtim.tv_nsec, 999'000'000);
}

TEST(Replies, TheKernelForgetsWhatIsMadeAnewEachTime) {
  const Timeouts timeouts{60, 30};
  auto attributes = file_of(5);
  EXPECT_EQ(to_entry(attributes, timeouts).ino, 7u);
  EXPECT_EQ(to_entry(attributes, timeouts).entry_timeout, 60);
  EXPECT_EQ(to_entry(attributes, timeouts).attr_timeout, 30);
  attributes.cacheable = false;
  EXPECT_EQ(to_entry(attributes, timeouts).entry_timeout, 0);
  EXPECT_EQ(to_entry(attributes, timeouts).attr_timeout, 0);
}

TEST(Replies, NothingIsFree) {
  const auto stat = to_statvfs({.bytes = 4097, .files = 3});
  EXPECT_EQ(stat.f_frsize, 4096u);
  EXPECT_EQ(stat.f_blocks, 2u);
  EXPECT_EQ(stat.f_bfree, 0u);
  EXPECT_EQ(stat.f_bavail, 0u);
  EXPECT_EQ(stat.f_files, 3u);
  EXPECT_EQ(stat.f_ffree, 0u);
  EXPECT_EQ(stat.f_namemax, 255u);
}

TEST(Replies, AnEntryWithoutAttributesGoesWithoutAnInode) {
  const ListView view({{"a.events", 9, false, std::nullopt}, {"b.mp4", 7, false, file_of(5)}});
  std::string page(4096, '\0');
  const auto used = fill_directory_plus(view, 0, page, {60, 60});
  fuse_entry_out first{}, second{};
  std::memcpy(&first, page.data(), sizeof first);
  std::memcpy(&second, page.data() + used / 2, sizeof second);  // both names take the same room
  EXPECT_EQ(first.nodeid, 0u);
  EXPECT_EQ(first.attr.mode, S_IFREG);
  EXPECT_EQ(second.nodeid, 7u);
  EXPECT_EQ(second.attr.size, 5u);
  fuse_dirent name{};
  std::memcpy(&name, page.data() + offsetof(fuse_direntplus, dirent), FUSE_NAME_OFFSET);
  EXPECT_EQ(name.ino, 9u) << "readdir(3) shows the number all the same";
}

/// Names and next offsets of a page of readdir.
std::vector<std::pair<std::string, std::uint64_t>> names_in(std::string_view page) {
  std::vector<std::pair<std::string, std::uint64_t>> names;
  while (!page.empty()) {
    fuse_dirent entry{};
    std::memcpy(&entry, page.data(), FUSE_NAME_OFFSET);
    names.emplace_back(page.substr(FUSE_NAME_OFFSET, entry.namelen), entry.off);
    page.remove_prefix(FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen));
  }
  return names;
}

RC_GTEST_PROP(Replies, PagesOfAnySizeListEveryNameOnce, ()) {
  const auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 255));
  std::vector<DirectoryEntry> entries;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    auto name = std::to_string(i);
    name.resize(std::max<std::size_t>(name.size(), static_cast<std::size_t>(lengths[i])), 'x');
    entries.push_back({std::move(name), i + 1, false, std::nullopt});
  }
  const ListView view(entries);
  std::size_t offset = 0;
  for (std::size_t index = 0; index < entries.size();) {
    std::string page(static_cast<std::size_t>(*rc::gen::inRange(512, 4096)), '\0');
    const auto used = fill_directory(view, offset, page);
    RC_ASSERT(used > 0u);
    RC_ASSERT(used <= page.size());
    for (const auto& [name, next] : names_in(std::string_view(page).substr(0, used))) {
      RC_ASSERT(name == entries.at(index).name);
      offset = next;
      ++index;
    }
  }
  std::string page(512, '\0');
  RC_ASSERT(fill_directory(view, offset, page) == 0u);
}

}  // namespace
}  // namespace g2afs
