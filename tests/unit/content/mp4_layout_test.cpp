// SPDX-License-Identifier: MIT
#include "g2afs/content/mp4_layout.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "content_fixture.hpp"

namespace g2afs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Ranges = std::vector<ByteRange>;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::vector<std::byte> big_endian(std::uint64_t value, int size) {
  std::vector<std::byte> bytes;
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  return bytes;
}

std::uint64_t number(const std::vector<std::byte>& bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8U | std::to_integer<std::uint64_t>(byte);
  return value;
}

/// A file of top-level boxes. Only their headers are in memory; what they hold is made up when it is looked at.
class BoxFile {
 public:
  /// What the header says; `size` counts the header.
  BoxFile& box(const std::string& type, std::uint64_t size) {
    header(type, size, 4);
    return grow(size);
  }
  BoxFile& long_box(const std::string& type, std::uint64_t size) {
    const std::uint64_t begin = size_;
    header(type, 1, 4);
    put(begin + 8, big_endian(size, 8));
    return grow(size);
  }
  BoxFile& last_box(const std::string& type, std::uint64_t size) {
    header(type, 0, 4);
    return grow(size);
  }
  /// Boxes that say something else than they are.
  BoxFile& lying_box(const std::string& type, std::uint64_t says, std::uint64_t size) {
    header(type, says, 4);
    return grow(size);
  }
  BoxFile& lying_long_box(const std::string& type, std::uint64_t says, std::uint64_t size) {
    put(size_ + 8, big_endian(says, 8));
    header(type, 1, 4);
    return grow(size);
  }
  BoxFile& grow(std::uint64_t size) {
    size_ += size;
    return *this;
  }
  BoxFile& truncate(std::uint64_t size) {
    size_ = size;
    return *this;
  }

  std::uint64_t size() const { return size_; }

  std::vector<std::byte> bytes(ByteRange range) const {
    std::vector<std::byte> bytes(range.size());
    for (std::uint64_t i = 0; i < range.size(); ++i) bytes[i] = static_cast<std::byte>((range.begin + i) * 31 + 7);
    auto piece = pieces_.lower_bound(range.begin < 16 ? 0 : range.begin - 16);
    for (; piece != pieces_.end() && piece->first < range.end; ++piece) {
      for (std::size_t i = 0; i < piece->second.size(); ++i) {
        const std::uint64_t at = piece->first + i;
        if (at >= range.begin && at < range.end) bytes[at - range.begin] = piece->second[i];
      }
    }
    return bytes;
  }

 private:
  void put(std::uint64_t offset, std::vector<std::byte> bytes) { pieces_[offset] = std::move(bytes); }
  void header(const std::string& type, std::uint64_t size, int width) {
    auto bytes = big_endian(size, width);
    for (const char c : type) bytes.push_back(static_cast<std::byte>(c));
    put(size_, std::move(bytes));
  }

  std::map<std::uint64_t, std::vector<std::byte>> pieces_;
  std::uint64_t size_ = 0;
};

/// What it returns for `bytes`.
Ranges feed(Mp4Layout& layout, std::uint64_t offset, std::span<const std::byte> bytes) {
  Ranges ranges;
  while (const auto range = layout.on_bytes(offset, bytes)) ranges.push_back(*range);
  return ranges;
}

/// What it returns when it gets exactly the bytes it wants, in pieces of at most `piece`.
Ranges walk(const BoxFile& file, std::uint64_t piece = kMax) {
  Mp4Layout layout(file.size());
  Ranges ranges;
  for (int calls = 0; const auto wanted = layout.wants(); ++calls) {
    EXPECT_LT(wanted->begin, wanted->end);
    EXPECT_LE(wanted->end, file.size());
    if (calls > 1000 || wanted->end > file.size()) {
      ADD_FAILURE() << "does not end";
      break;
    }
    const ByteRange given = {wanted->begin, wanted->begin + std::min(wanted->size(), piece)};
    for (const ByteRange& range : feed(layout, given.begin, file.bytes(given))) ranges.push_back(range);
  }
  return ranges;
}

/// The same by plain means: all boxes first, then what follows from them.
Ranges reference(const BoxFile& file) {
  struct Box {
    std::string type;
    std::uint64_t begin, header, end;
  };
  std::vector<Box> boxes;
  for (std::uint64_t at = 0; boxes.size() < 32 && file.size() - at >= 8;) {
    const std::uint64_t left = file.size() - at;
    Box box{"", at, 8, 0};
    for (const std::byte byte : file.bytes({at + 4, at + 8})) box.type += static_cast<char>(byte);
    std::uint64_t size = number(file.bytes({at, at + 4}));
    if (size == 0) size = left;
    if (size == 1) {
      if (left < 16) break;
      size = number(file.bytes({at + 8, at + 16}));
      box.header = 16;
    }
    if (size < box.header || size > left || box.type == "moof") break;
    box.end = at += size;
    boxes.push_back(box);
    if (box.type == "moov") break;
  }
  if (boxes.empty()) return {};
  const std::vector<std::string> first = {"ftyp", "wide", "free", "skip", "mdat", "moov", "pnot"};
  if (std::ranges::find(first, boxes[0].type) == first.end()) return {};

  Ranges ranges;
  std::uint64_t until = 0;
  const auto add = [&](std::uint64_t begin, std::uint64_t end) {
    begin = std::max(begin, until);
    if (begin < end) ranges.push_back({begin, until = end});
  };
  bool mdat = false;
  int probes = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Box& box = boxes[i];
    if (box.type == "moov") {
      add(box.begin + box.header, std::min(box.end, box.begin + 16 * kMiB));
      break;
    }
    mdat = mdat || box.type == "mdat";
    const std::uint64_t tail = file.size() - box.end;
    if (tail < 8 || i + 1 == 32) break;
    if (!mdat) continue;
    if (tail <= kMiB) {
      add(box.end, file.size());
      break;
    }
    if (box.end + 16 <= until) continue;
    if (++probes > 8) break;
    add(box.end, box.end + 64 * kKiB);
  }
  return ranges;
}

std::uint64_t total(const Ranges& ranges) {
  std::uint64_t bytes = 0;
  for (const ByteRange& range : ranges) bytes += range.size();
  return bytes;
}

/// Whether they lie within the file, in order and without overlaps.
bool in_order(const Ranges& ranges, std::uint64_t file_size) {
  std::uint64_t until = 0;
  for (const ByteRange& range : ranges) {
    if (range.begin < until || range.end <= range.begin || range.end > file_size) return false;
    until = range.end;
  }
  return true;
}

TEST(Mp4Layout, WhatIsFetchedFollowsFromTheBoxes) {
  struct Case {
    const char* what;
    BoxFile file;
    Ranges fetched;
  };
  const auto file = [] { return BoxFile(); };
  const auto mp4 = [] { return BoxFile().box("ftyp", 32); };
  const std::uint64_t large = 100 * kMiB, at = 32 + large;
  const Case cases[] = {
      // moov behind mdat
      {"a short tail is fetched whole", mp4().box("mdat", large).box("moov", 500'000), {{at, at + 500'000}}},
      {"whatever is in it",
       mp4().box("mdat", large).box("free", 8).box("moov", 9000).box("uuid", 100),
       {{at, at + 9108}}},
      {"up to 1 MiB", mp4().box("mdat", large).box("moov", kMiB), {{at, at + kMiB}}},
      {"of a longer one the beginning, and then the rest of the moov",
       mp4().box("mdat", large).box("moov", kMiB + 1),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + kMiB + 1}}},
      {"but not what comes after it",
       mp4().box("mdat", large).box("moov", 2 * kMiB).box("free", kMiB),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + 2 * kMiB}}},
      {"a moov that the beginning holds",
       mp4().box("mdat", large).box("moov", 60'000).box("free", 2 * kMiB),
       {{at, at + 64 * kKiB}}},
      {"of a moov beyond all measure, a part",
       mp4().box("mdat", large).box("moov", 500 * kMiB),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + 16 * kMiB}}},
      {"small boxes in front of it cost no further request",
       mp4().box("mdat", large).box("free", 1000).box("uuid", 1000).box("moov", 2 * kMiB),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + 2000 + 2 * kMiB}}},
      {"a large one does",
       mp4().box("mdat", large).box("free", 3 * kMiB).box("moov", 2 * kMiB),
       {{at, at + 64 * kKiB}, {at + 3 * kMiB, at + 3 * kMiB + 64 * kKiB}, {at + 3 * kMiB + 64 * kKiB, at + 5 * kMiB}}},
      {"after which the tail may be a short one",
       mp4().box("mdat", large).box("mdat", large).box("moov", 9000),
       {{at, at + 64 * kKiB}, {at + large, at + large + 9000}}},
      {"also where a header lies across the end of what was fetched",
       mp4().box("mdat", large).box("free", 64 * kKiB - 4).box("moov", 2 * kMiB),
       {{at, at + 64 * kKiB},
        {at + 64 * kKiB, at + 128 * kKiB - 4},
        {at + 128 * kKiB - 4, at + 64 * kKiB - 4 + 2 * kMiB}}},
      {"even if only the part that a size in 64 bits would be in",
       mp4().box("mdat", large).box("free", 64 * kKiB - 15).box("moov", 2 * kMiB),
       {{at, at + 64 * kKiB},
        {at + 64 * kKiB, at + 128 * kKiB - 15},
        {at + 128 * kKiB - 15, at + 64 * kKiB - 15 + 2 * kMiB}}},
      {"a tail that becomes short within what was fetched",
       mp4().box("mdat", large).box("free", 30 * kKiB).box("moov", kMiB),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + 30 * kKiB + kMiB}}},

      // The header
      {"a size in 64 bits",
       mp4().long_box("mdat", 10 * kGiB).box("moov", 9000),
       {{32 + 10 * kGiB, 32 + 10 * kGiB + 9000}}},
      {"a moov with one", mp4().long_box("moov", 5000).box("mdat", large), {{48, 5032}}},
      {"a size in 64 bits that 32 would do for", mp4().long_box("mdat", 16).box("moov", 9000), {{48, 9048}}},
      {"an mdat up to the end of the file", mp4().last_box("mdat", large), {}},
      {"a moov up to the end of the file",
       mp4().box("mdat", large).last_box("moov", 3 * kMiB),
       {{at, at + 64 * kKiB}, {at + 64 * kKiB, at + 3 * kMiB}}},
      {"an mdat that happens to end with the file", mp4().box("mdat", large), {}},
      {"an mdat behind which there is no room for a box", mp4().box("mdat", large).grow(7), {}},
      {"an empty mdat", mp4().box("mdat", 8).box("moov", 9000), {{40, 9040}}},

      // moov first
      {"moov before mdat: the rest of it", mp4().box("moov", 700'000).box("mdat", large), {{40, 700'032}}},
      {"behind others, too",
       mp4().box("free", 4096).box("uuid", 500).box("moov", 9000).box("mdat", large),
       {{32 + 4596 + 8, 32 + 13'596}}},
      {"beyond all measure", mp4().box("moov", 20 * kMiB).box("mdat", large), {{40, 32 + 16 * kMiB}}},
      {"an empty one", mp4().box("moov", 8).box("mdat", large), {}},
      {"without an mdat", mp4().box("moov", 9000), {{40, 9032}}},
      {"a fragmented file", mp4().box("moov", 1248).box("moof", 5308).box("mdat", large), {{40, 1280}}},
      {"a part of a fragmented file",
       mp4().box("sidx", 52).box("moof", 600).box("mdat", large).box("moof", 600).box("mdat", large),
       {}},
      {"a moof behind an mdat", mp4().box("mdat", large).box("moof", 600).box("mdat", large), {{at, at + 64 * kKiB}}},

      // QuickTime
      {"QuickTime", file().box("wide", 8).box("mdat", large).box("moov", 9000), {{8 + large, 8 + large + 9000}}},
      {"QuickTime that begins with mdat", file().box("mdat", large).box("moov", 9000), {{large, large + 9000}}},
      {"QuickTime that begins with moov", file().box("moov", 9000).box("mdat", large), {{8, 9000}}},

      // No MP4, or a damaged one
      {"nothing", file(), {}},
      {"no room for a header", mp4().truncate(7), {}},
      {"a header that is cut off", mp4().box("mdat", 8).box("moov", 9000).truncate(47), {}},
      {"text", file().grow(large), {}},
      {"another kind of file with boxes",
       file().box("jP  ", 12).box("ftyp", 20).box("mdat", large).box("moov", 900),
       {}},
      {"a box that no file begins with", file().box("uuid", 100).box("mdat", large).box("moov", 9000), {}},
      {"an mdat beyond the end", mp4().box("mdat", large).box("moov", 9000).truncate(large), {}},
      {"a moov beyond the end", mp4().box("moov", large).truncate(kMiB), {}},
      {"a moov beyond the end, behind mdat",
       mp4().box("mdat", large).box("moov", large).truncate(at + 9 * kMiB),
       {{at, at + 64 * kKiB}}},
      {"a first box beyond the end", file().box("ftyp", 32).truncate(31), {}},
      {"a size below the header's", mp4().lying_box("mdat", 7, large).box("moov", 9000), {}},
      {"the same of the first box", file().lying_box("ftyp", 2, 32).box("mdat", large).box("moov", 9000), {}},
      {"a size in 64 bits below the header's", mp4().lying_long_box("mdat", 15, large).box("moov", 9000), {}},
      {"a size in 64 bits of 0", mp4().lying_long_box("mdat", 0, large).box("moov", 9000), {}},
      {"a size in 64 bits of 1", mp4().lying_long_box("mdat", 1, large).box("moov", 9000), {}},
      {"the largest size there is", mp4().lying_long_box("mdat", kMax, large).box("moov", 9000), {}},
      {"one that leads back to the start", mp4().lying_long_box("mdat", kMax - 31, large).box("moov", 9000), {}},
      {"no room for a size in 64 bits", mp4().lying_box("mdat", 1, 15), {}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.what);
    EXPECT_EQ(walk(test.file), test.fetched);
    EXPECT_EQ(walk(test.file, 1), test.fetched);
    EXPECT_EQ(reference(test.file), test.fetched);
  }
}

TEST(Mp4Layout, WhatAFileMayBeginWith) {
  for (const char* type : {"ftyp", "wide", "free", "skip", "pnot"}) {
    EXPECT_THAT(walk(BoxFile().box(type, 20).box("mdat", kGiB).box("moov", 9000)), testing::SizeIs(1)) << type;
  }
  for (const char* type : {"FTYP", "meta", "styp", "moof", "\x89PNG", "RIFF", "OggS"}) {
    EXPECT_THAT(walk(BoxFile().box(type, 20).box("mdat", kGiB).box("moov", 9000)), IsEmpty()) << type;
  }
}

TEST(Mp4Layout, TellsWhereALeadingIndexEnds) {
  const auto leading_index = [](const BoxFile& file) {
    Mp4Layout layout(file.size());
    while (const auto wanted = layout.wants()) std::ignore = feed(layout, wanted->begin, file.bytes(*wanted));
    return layout.leading_index();
  };
  const auto mp4 = [] { return BoxFile().box("ftyp", 32); };
  EXPECT_EQ(leading_index(mp4().box("moov", 700'000).box("mdat", kGiB)), 700'032u);
  EXPECT_EQ(leading_index(mp4().box("free", 1000).box("moov", 8).box("mdat", kGiB)), 1040u);
  EXPECT_EQ(leading_index(mp4().box("moov", 20 * kMiB).box("mdat", kGiB)), 32 + 16 * kMiB);
  EXPECT_EQ(leading_index(mp4().box("mdat", kMiB).box("moov", 9000)), 0u);
  EXPECT_EQ(leading_index(mp4().box("moov", kGiB).truncate(kMiB)), 0u);
  EXPECT_EQ(leading_index(BoxFile().grow(kMiB)), 0u);
}

TEST(Mp4Layout, SizesUpTo64Bits) {
  const std::uint64_t mdat = kMax - 32 - 9000;
  EXPECT_THAT(walk(BoxFile().box("ftyp", 32).long_box("mdat", mdat).box("moov", 9000)),
              ElementsAre(ByteRange{32 + mdat, kMax}));
  EXPECT_THAT(walk(BoxFile().box("ftyp", 32).long_box("mdat", mdat).truncate(kMax - 9001)), IsEmpty());
  EXPECT_THAT(walk(BoxFile().box("ftyp", 32).long_box("moov", kMax - 32)), ElementsAre(ByteRange{48, 32 + 16 * kMiB}));
  EXPECT_THAT(walk(BoxFile().box("ftyp", 32).long_box("free", kMax - 40).box("moov", 8)), IsEmpty());
}

TEST(Mp4Layout, WantsTheNextHeaderUntilItIsDone) {
  const auto file = BoxFile().box("ftyp", 32).long_box("mdat", kGiB).box("moov", 2 * kMiB);
  Mp4Layout layout(file.size());
  EXPECT_EQ(layout.wants(), (ByteRange{0, 8}));
  EXPECT_THAT(feed(layout, 0, file.bytes({0, 8})), IsEmpty());
  EXPECT_EQ(layout.wants(), (ByteRange{32, 40}));
  EXPECT_THAT(feed(layout, 32, file.bytes({32, 35})), IsEmpty());
  EXPECT_EQ(layout.wants(), (ByteRange{35, 40}));
  EXPECT_THAT(feed(layout, 35, file.bytes({35, 40})), IsEmpty());
  EXPECT_EQ(layout.wants(), (ByteRange{40, 48}));
  const std::uint64_t at = 32 + kGiB;
  EXPECT_THAT(feed(layout, 40, file.bytes({40, 48})), ElementsAre(ByteRange{at, at + 64 * kKiB}));
  EXPECT_EQ(layout.wants(), (ByteRange{at, at + 8}));
  EXPECT_THAT(feed(layout, at, file.bytes({at, at + 8})), ElementsAre(ByteRange{at + 64 * kKiB, at + 2 * kMiB}));
  EXPECT_EQ(layout.wants(), std::nullopt);
  EXPECT_THAT(feed(layout, 0, file.bytes({0, 100})), IsEmpty());
}

TEST(Mp4Layout, OneCallIsEnoughWhereTheFirstBytesSayItAll) {
  const auto file = BoxFile().box("ftyp", 32).box("free", 8).box("mdat", kGiB).box("moov", 9000);
  Mp4Layout layout(file.size());
  EXPECT_THAT(feed(layout, 0, file.bytes({0, kBlockSize})), ElementsAre(ByteRange{40 + kGiB, 40 + kGiB + 9000}));
  EXPECT_EQ(layout.wants(), std::nullopt);
}

TEST(Mp4Layout, WhatIsAtHandIsNotFetched) {
  const auto moov_first = BoxFile().box("ftyp", 32).box("moov", 500'000).box("mdat", kGiB);
  Mp4Layout some(moov_first.size());
  EXPECT_THAT(feed(some, 0, moov_first.bytes({0, kBlockSize})), ElementsAre(ByteRange{kBlockSize, 500'032}));
  Mp4Layout all(moov_first.size());
  EXPECT_THAT(feed(all, 0, moov_first.bytes({0, 500'032})), IsEmpty());

  const auto small = BoxFile().box("ftyp", 32).box("mdat", 100'000).box("moov", 9000);
  Mp4Layout whole(small.size());
  EXPECT_THAT(feed(whole, 0, small.bytes({0, small.size()})), IsEmpty());
  EXPECT_EQ(whole.wants(), std::nullopt);
  Mp4Layout beginning(small.size());
  EXPECT_THAT(feed(beginning, 0, small.bytes({0, 104'000})), ElementsAre(ByteRange{104'000, 109'032}));
}

TEST(Mp4Layout, SeveralRangesOfOneCallAreReturnedOneByOne) {
  const auto file = BoxFile().box("mdat", 8).box("free", kMiB).box("moov", 2 * kMiB);
  Mp4Layout layout(file.size());
  const auto bytes = file.bytes({0, 2 * kMiB});
  // All that is asked for but the last part is at hand.
  EXPECT_THAT(feed(layout, 0, bytes), ElementsAre(ByteRange{2 * kMiB, file.size()}));

  // What was at hand counts as asked for: nothing of it, and no more for the boxes within.
  const auto close = BoxFile().box("mdat", 8).box("free", 1000).box("moov", 2 * kMiB);
  Mp4Layout at_hand(close.size());
  EXPECT_THAT(feed(at_hand, 0, close.bytes({0, 64 * kKiB + 8})), ElementsAre(ByteRange{64 * kKiB + 8, close.size()}));

  Mp4Layout again(file.size());
  const auto first = file.bytes({0, 100});
  EXPECT_EQ(again.on_bytes(0, first), (ByteRange{100, 8 + 64 * kKiB}));
  EXPECT_EQ(again.on_bytes(0, first), (ByteRange{8 + kMiB, 8 + kMiB + 64 * kKiB}));
  EXPECT_EQ(again.on_bytes(0, first), std::nullopt);
  EXPECT_EQ(again.wants(), (ByteRange{8 + kMiB, 16 + kMiB}));
}

TEST(Mp4Layout, BytesThatAreNotWantedAreIgnored) {
  const auto file = BoxFile().box("ftyp", 32).box("mdat", kGiB).box("moov", 9000);
  Mp4Layout layout(file.size());
  EXPECT_THAT(feed(layout, 32, file.bytes({32, 48})), IsEmpty()) << "before the first box is known";
  EXPECT_THAT(feed(layout, 1, file.bytes({1, 100})), IsEmpty()) << "a gap of a byte";
  EXPECT_THAT(feed(layout, 0, {}), IsEmpty());
  EXPECT_THAT(feed(layout, kMax, std::vector<std::byte>(100)), IsEmpty()) << "an offset that overflows";
  EXPECT_EQ(layout.wants(), (ByteRange{0, 8}));
  EXPECT_THAT(feed(layout, 0, file.bytes({0, 4})), IsEmpty());
  EXPECT_THAT(feed(layout, 0, file.bytes({0, 4})), IsEmpty()) << "the same again";
  EXPECT_EQ(layout.wants(), (ByteRange{4, 8}));
  EXPECT_THAT(feed(layout, 2, file.bytes({2, 36})), IsEmpty()) << "some of them";
  EXPECT_EQ(layout.wants(), (ByteRange{36, 40}));
  EXPECT_THAT(feed(layout, 36, file.bytes({36, 40})), ElementsAre(ByteRange{32 + kGiB, file.size()}));
}

TEST(Mp4Layout, AHeaderMayBeSplitAnywhere) {
  const auto file = BoxFile().box("ftyp", 32).long_box("mdat", kGiB).box("moov", 9000);
  for (std::uint64_t first = 0; first <= 60; ++first) {
    for (std::uint64_t second = first; second <= 60; ++second) {
      Mp4Layout layout(file.size());
      Ranges ranges;
      for (const ByteRange piece : {ByteRange{0, first}, {first, second}, {second, 60}}) {
        for (const ByteRange& range : feed(layout, piece.begin, file.bytes(piece))) ranges.push_back(range);
      }
      EXPECT_THAT(ranges, ElementsAre(ByteRange{32 + kGiB, file.size()})) << first << ' ' << second;
    }
  }
}

TEST(Mp4Layout, AWalkHasBounds) {
  auto small_boxes = BoxFile().box("ftyp", 32);
  for (int i = 0; i < 30; ++i) small_boxes.box("free", 8);
  EXPECT_THAT(walk(BoxFile(small_boxes).box("moov", 9000)), testing::SizeIs(1));
  EXPECT_THAT(walk(BoxFile(small_boxes).box("free", 8).box("moov", 9000)), IsEmpty());

  auto probes = BoxFile().box("ftyp", 32);
  for (int i = 0; i < 8; ++i) probes.box("mdat", 2 * kMiB);
  EXPECT_THAT(walk(BoxFile(probes).box("moov", 3 * kMiB)), testing::SizeIs(9));
  EXPECT_THAT(walk(BoxFile(probes).box("mdat", 2 * kMiB).box("moov", 3 * kMiB)), testing::SizeIs(8));
  EXPECT_LE(total(walk(BoxFile(probes).box("moov", 500 * kMiB))), 17 * kMiB);
}

/// A list of boxes as a recorder might write it, or as nobody would.
BoxFile random_file() {
  BoxFile file;
  if (*rc::gen::weightedElement<bool>({{9, true}, {1, false}}))
    file.box("ftyp", *rc::gen::inRange<std::uint64_t>(8, 64));
  const int boxes = *rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(1, 8)}, {1, rc::gen::inRange(0, 40)}});
  for (int i = 0; i < boxes; ++i) {
    const std::string type = *rc::gen::weightedElement<std::string>(
        {{12, "mdat"}, {6, "free"}, {3, "uuid"}, {4, "moov"}, {1, "moof"}, {1, std::string("\0\0\0\0", 4)}});
    const auto size = *rc::gen::weightedOneOf<std::uint64_t>({
        {3, rc::gen::inRange<std::uint64_t>(16, 100)},
        {2, rc::gen::inRange<std::uint64_t>(64 * kKiB - 40, 64 * kKiB + 40)},
        {2, rc::gen::inRange<std::uint64_t>(kMiB - 100, kMiB + 100)},
        {3, rc::gen::inRange<std::uint64_t>(1000, 3 * kMiB)},
        {2, rc::gen::inRange<std::uint64_t>(kMiB, 40 * kMiB)},
        {1, rc::gen::inRange<std::uint64_t>(kGiB, 20 * kGiB)},
    });
    const bool is_long = size > 0xffff'ffff || *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
    const bool lies = *rc::gen::weightedElement<bool>({{40, false}, {1, true}});
    if (lies) {
      const auto says = *rc::gen::weightedOneOf<std::uint64_t>({
          {1, rc::gen::inRange<std::uint64_t>(0, 16)},
          {1, rc::gen::inRange<std::uint64_t>(0, 40 * kMiB)},
          {1, rc::gen::arbitrary<std::uint64_t>()},
      });
      is_long ? file.lying_long_box(type, says, size) : file.lying_box(type, says & 0xffff'ffff, size);
    } else if (is_long) {
      file.long_box(type, size);
    } else if (i + 1 == boxes && *rc::gen::arbitrary<bool>()) {
      file.last_box(type, size);
    } else {
      file.box(type, size);
    }
  }
  if (*rc::gen::weightedElement<bool>({{6, false}, {1, true}}))
    file.grow(*rc::gen::inRange<std::uint64_t>(1, 2 * kMiB));
  if (file.size() > 0 && *rc::gen::weightedElement<bool>({{6, false}, {1, true}})) {
    file.truncate(*rc::gen::inRange<std::uint64_t>(0, file.size()));
  }
  return file;
}

TEST(Mp4Layout, AgreesWithAPlainWalkOverTheWholeFile) {
  EXPECT_TRUE(rc::check("any boxes, in any pieces", [] {
    const BoxFile file = random_file();
    const Ranges expected = reference(file);
    RC_CLASSIFY(expected.empty(), "nothing");
    RC_CLASSIFY(expected.size() > 2, "several");
    RC_ASSERT(in_order(expected, file.size()));
    RC_ASSERT(walk(file) == expected);

    // In random pieces it is the same, less what was in the piece that showed it.
    Mp4Layout layout(file.size());
    std::size_t next = 0;
    for (int calls = 0; layout.wants(); ++calls) {
      const ByteRange wanted = *layout.wants();
      RC_ASSERT(wanted.begin < wanted.end && wanted.end <= file.size());
      RC_ASSERT(calls < 2000);
      const bool elsewhere = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
      const std::uint64_t begin =
          elsewhere ? *rc::gen::inRange<std::uint64_t>(0, file.size())
                    : wanted.begin - std::min<std::uint64_t>(wanted.begin, *rc::gen::inRange<std::uint64_t>(0, 20));
      const auto size = *rc::gen::weightedOneOf<std::uint64_t>({
          {8, rc::gen::inRange<std::uint64_t>(1, 40)},
          {1, rc::gen::inRange<std::uint64_t>(1, 80 * kKiB)},
      });
      const ByteRange piece = {begin, std::min(begin + size, file.size())};
      const bool useful = piece.begin <= wanted.begin && wanted.begin < piece.end;
      const auto missing = [&](ByteRange range) {
        if (piece.begin <= range.begin) range.begin = std::max(range.begin, std::min(piece.end, range.end));
        return range;
      };
      const auto bytes = file.bytes(piece);
      while (const auto range = layout.on_bytes(piece.begin, bytes)) {
        RC_ASSERT(useful);
        while (next < expected.size() && missing(expected[next]).size() == 0) ++next;
        RC_ASSERT(next < expected.size());
        RC_ASSERT(*range == missing(expected[next]));
        ++next;
      }
      if (useful) {
        RC_ASSERT(!layout.wants() || layout.wants()->begin > wanted.begin);
        // What was at hand and therefore not returned.
        while (next < expected.size() && missing(expected[next]).size() == 0) ++next;
      } else {
        RC_ASSERT(layout.wants() == wanted);
      }
    }
    RC_ASSERT(next == expected.size());
  }));
}

TEST(Mp4Layout, GarbageCostsLittleAndStaysWithinTheFile) {
  EXPECT_TRUE(rc::check("any bytes", [] {
    const auto file_size = *rc::gen::weightedOneOf<std::uint64_t>({
        {1, rc::gen::inRange<std::uint64_t>(0, 40)},
        {4, rc::gen::inRange<std::uint64_t>(0, 100 * kMiB)},
        {1, rc::gen::arbitrary<std::uint64_t>()},
        {1, rc::gen::just(kMax)},
    });
    Mp4Layout layout(file_size);
    Ranges ranges;
    int headers = 0;
    for (; layout.wants() && headers < 200; ++headers) {
      const ByteRange wanted = *layout.wants();
      RC_ASSERT(wanted.begin < wanted.end && wanted.end <= file_size);
      auto bytes = big_endian(*rc::gen::weightedOneOf<std::uint64_t>({
                                  {1, rc::gen::inRange<std::uint64_t>(0, 1ULL << 32U)},
                                  {8, rc::gen::inRange<std::uint64_t>(8, 4 * kMiB)},
                                  {1, rc::gen::inRange<std::uint64_t>(0, 20)},
                              }),
                              4);
      const std::string type = *rc::gen::weightedOneOf<std::string>({
          {12, rc::gen::element<std::string>("ftyp", "free", "mdat", "mdat")},
          {1, rc::gen::just<std::string>("moov")},
          {1, rc::gen::container<std::string>(4, rc::gen::arbitrary<char>())},
      });
      for (const char c : type) bytes.push_back(static_cast<std::byte>(c));
      // The other half of a header may come along, or be asked for: then these eight bytes are it.
      for (const std::byte byte : big_endian(*rc::gen::arbitrary<std::uint64_t>(), 8)) bytes.push_back(byte);
      for (const ByteRange& range : feed(layout, wanted.begin, bytes)) ranges.push_back(range);
    }
    RC_CLASSIFY(headers > 4, "deep");
    RC_ASSERT(headers <= 64);
    RC_ASSERT(in_order(ranges, file_size));
    RC_ASSERT(ranges.size() <= 9u);
    RC_ASSERT(total(ranges) <= 17 * kMiB);
  }));
}

}  // namespace
}  // namespace g2afs::test
