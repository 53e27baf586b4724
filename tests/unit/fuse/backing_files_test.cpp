// SPDX-License-Identifier: MIT
#include "g2afs/fuse/backing_files.hpp"

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Ino kIno = 7;
constexpr Whole kNothing{1, -1};
constexpr Whole kWhole{1, 42};

/// The kernel as fs/fuse/iomode.c has it: which opens it refuses, and which backing ids are open.
struct Kernel {
  struct Inode {
    int cached = 0, passed = 0, backing_id = 0;
  };
  std::set<int> backing_ids;
  std::map<Ino, Inode> inodes;
  std::vector<int> opened, closed;  // descriptors, ids
  int next_id = 1, refusal = 0;

  BackingFiles::Calls calls() {
    return {[this](int file) {
              opened.push_back(file);
              if (refusal != 0) return -refusal;
              backing_ids.insert(next_id);
              return next_id++;
            },
            [this](int id) {
              closed.push_back(id);
              backing_ids.erase(id);
            }};
  }
  bool takes(Ino ino, const BackingFiles::Way& way) {
    Inode& inode = inodes[ino];
    if (inode.passed > 0 && way.backing_id == 0) return false;
    if (way.backing_id != 0) {
      if (!backing_ids.contains(way.backing_id) || inode.cached > 0) return false;
      if (inode.passed > 0 && inode.backing_id != way.backing_id) return false;
      inode.backing_id = way.backing_id;
      ++inode.passed;
    } else if (!way.direct) {
      ++inode.cached;
    }
    return true;
  }
  void close(Ino ino, const BackingFiles::Way& way) {
    if (way.backing_id != 0) {
      --inodes[ino].passed;
    } else if (!way.direct) {
      --inodes[ino].cached;
    }
  }
};

struct BackingFilesTest : testing::Test {
  BackingFilesTest() { files.start(kernel.calls()); }

  std::shared_ptr<Log> log = make_null_log();
  Kernel kernel;
  BackingFiles files{*log};
};

TEST_F(BackingFilesTest, WhatIsWholeIsReadByTheKernelUntilTheLastOneClosesIt) {
  const auto first = files.open(kIno, Handle{1}, kWhole, false);
  EXPECT_TRUE(first.read_by_kernel());
  const auto second = files.open(kIno, Handle{2}, kWhole, false);
  EXPECT_TRUE(second.read_by_kernel());
  EXPECT_EQ(second.backing_id, first.backing_id);
  // Nothing is whole any more, some of it being damaged, say: the kernel may read on for whoever does, and nobody else.
  const auto third = files.open(kIno, Handle{3}, kNothing, false);
  EXPECT_TRUE(third.direct);
  EXPECT_EQ(third.backing_id, first.backing_id);
  files.release(Handle{3});
  EXPECT_THAT(kernel.opened, ElementsAre(42));
  files.release(Handle{1});
  EXPECT_THAT(kernel.closed, IsEmpty());
  files.release(Handle{2});
  EXPECT_THAT(kernel.closed, ElementsAre(first.backing_id));
  EXPECT_NE(files.open(kIno, Handle{4}, kWhole, false).backing_id, 0);
}

TEST_F(BackingFilesTest, WhatIsOpenThroughThePageCacheIsOpenedAlike) {
  EXPECT_EQ(files.open(kIno, Handle{1}, kNothing, false).backing_id, 0);
  EXPECT_EQ(files.open(kIno, Handle{2}, kWhole, false).backing_id, 0);
  EXPECT_TRUE(files.open(kIno + 1, Handle{3}, kWhole, false).read_by_kernel());
  files.release(Handle{1});
  EXPECT_EQ(files.open(kIno, Handle{4}, kWhole, false).backing_id, 0);
  files.release(Handle{2});
  files.release(Handle{4});
  EXPECT_TRUE(files.open(kIno, Handle{5}, kWhole, false).read_by_kernel());
}

TEST_F(BackingFilesTest, PastThePageCacheIsInNobodysWay) {
  const auto direct = files.open(kIno, Handle{1}, kNothing, true);
  EXPECT_EQ(direct.backing_id, 0);
  EXPECT_TRUE(direct.direct);
  EXPECT_TRUE(files.open(kIno, Handle{2}, kWhole, false).read_by_kernel());
  files.release(Handle{1});
  EXPECT_THAT(kernel.closed, IsEmpty());
}

TEST_F(BackingFilesTest, AnotherVersionIsNotReadFromTheBackingFileOfTheFirst) {
  const auto old = files.open(kIno, Handle{1}, kWhole, false);
  const auto now = files.open(kIno, Handle{2}, Whole{2, 43}, true);
  EXPECT_EQ(now.backing_id, old.backing_id);
  EXPECT_TRUE(now.direct);
  files.release(Handle{1});
  // The kernel has the old one open as long as the other is.
  const auto later = files.open(kIno, Handle{3}, Whole{2, 43}, false);
  EXPECT_TRUE(later.direct);
  EXPECT_EQ(later.backing_id, old.backing_id);
  files.release(Handle{2});
  files.release(Handle{3});
  EXPECT_TRUE(files.open(kIno, Handle{4}, Whole{2, 43}, false).read_by_kernel());
  EXPECT_THAT(kernel.opened, ElementsAre(42, 43));
}

TEST_F(BackingFilesTest, ARefusalIsForGood) {
  kernel.refusal = EPERM;
  EXPECT_TRUE(files.may_pass());
  EXPECT_EQ(files.open(kIno, Handle{1}, kWhole, false).backing_id, 0);
  EXPECT_FALSE(files.may_pass());  // nobody need prove anything for it
  EXPECT_EQ(files.open(kIno + 1, Handle{2}, kWhole, true).backing_id, 0);
  EXPECT_THAT(kernel.opened, ElementsAre(42));
}

TEST_F(BackingFilesTest, TheDeviceIsNotTouchedOnceItIsClosed) {
  files.open(kIno, Handle{1}, kWhole, false);
  files.stop();
  files.release(Handle{1});
  EXPECT_EQ(files.open(kIno, Handle{2}, kWhole, false).backing_id, 0);
  EXPECT_THAT(kernel.closed, IsEmpty());
}

TEST(BackingFiles, BeforeTheKernelSaysThatItCanEveryOpenIsAnOrdinaryOne) {
  const auto log = make_null_log();
  BackingFiles files(*log);
  EXPECT_EQ(files.open(kIno, Handle{1}, kWhole, false).backing_id, 0);
  EXPECT_TRUE(files.open(kIno, Handle{2}, kWhole, true).direct);
  files.release(Handle{1});
}

TEST(BackingFiles, TheKernelRefusesNoneOfRandomOpensAndReadsNoOtherVersion) {
  EXPECT_TRUE(rc::check([] {
    const auto log = make_null_log();
    Kernel kernel;
    BackingFiles files(*log);
    files.start(kernel.calls());
    struct Held {
      Ino ino;
      BackingFiles::Way way;
    };
    std::map<std::uint64_t, Held> open;
    std::map<int, Whole> backing;  // by id
    std::uint64_t next = 1;
    const int steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
      if (!open.empty() && *rc::gen::inRange(0, 5) < 2) {
        const auto closing = std::next(open.begin(), *rc::gen::inRange<int>(0, static_cast<int>(open.size())));
        kernel.close(closing->second.ino, closing->second.way);  // it counts before it tells
        files.release(Handle{closing->first});
        open.erase(closing);
        continue;
      }
      const Ino ino = *rc::gen::inRange<Ino>(1, 3);
      const auto version = *rc::gen::inRange<std::uint64_t>(1, 4);
      const Whole whole{version, *rc::gen::arbitrary<bool>() ? static_cast<int>(version) : -1};
      const auto way = files.open(ino, Handle{next}, whole, *rc::gen::inRange(0, 4) == 0);
      RC_ASSERT(kernel.takes(ino, way));
      if (way.backing_id != 0) {
        backing.try_emplace(way.backing_id, whole);
        RC_ASSERT(way.direct == (whole.descriptor < 0 || backing[way.backing_id].generation != version));
      }
      open.emplace(next++, Held{ino, way});
    }
    for (const auto& [handle, held] : open) files.release(Handle{handle});
    RC_ASSERT(kernel.backing_ids.empty());
  }));
}

}  // namespace
}  // namespace g2afs::test
