// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_format.hpp"

#include <bit>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace g2afs::test {
namespace {

const MapHeader kHeader{{{{18446744}, FileKind::Events}, 12'345, Time{std::chrono::milliseconds{1'480'000'000'123}}},
                        {"\"an etag\"", "Thu, 24 Nov 2016 10:30:00 GMT"},
                        0x0123456789abcdefULL};

TEST(DiskFormat, AHeaderComesBackAsItWas) { EXPECT_EQ(decode(encode(kHeader).value()), kHeader); }

TEST(DiskFormat, NoByteOfAHeaderMayChange) {
  for (std::size_t at = 0; at < kMapHeaderSize; ++at) {
    auto raw = encode(kHeader).value();
    raw[at] ^= std::byte{0x40};
    EXPECT_FALSE(decode(raw)) << at;
  }
  EXPECT_FALSE(decode(RawMapHeader{}));
}

// Found by disk_format_fuzz.
TEST(DiskFormat, AHeaderOfASizeThatNoFileHasIsNone) {
  auto header = kHeader;
  header.key.size = kLargestCached;
  EXPECT_EQ(decode(encode(header).value()), header);
  ++header.key.size;
  EXPECT_FALSE(decode(encode(header).value()));
}

TEST(DiskFormat, AValidatorHasAMostLength) {
  auto header = kHeader;
  header.validator = {std::string(400, 'e'), std::string(32, 'l')};
  EXPECT_EQ(decode(encode(header).value()), header);
  header.validator.last_modified += 'l';
  EXPECT_FALSE(encode(header));
}

TEST(DiskFormat, LaysOutBlocksAndPages) {
  const DiskLayout one{kBlockSize}, two{kBlockSize + 1}, none{0}, odd{kBlockSize + 3 * kPageSize + 7};
  EXPECT_TRUE(one.in_one_file());
  EXPECT_FALSE(two.in_one_file());
  EXPECT_EQ(one.blocks(), 1U);
  EXPECT_EQ(two.blocks(), 2U);
  EXPECT_EQ(none.blocks(), 0U);
  EXPECT_EQ(one.all_pages(0), ~PageSet{0});
  EXPECT_EQ(two.all_pages(1), 1U);
  EXPECT_EQ(odd.all_pages(1), 0b1111U);
  EXPECT_EQ(odd.bytes(1, 0b1111), 3 * kPageSize + 7);
  EXPECT_EQ(odd.bytes(1, 0b1000), 7U);
  EXPECT_EQ(odd.bytes(1, 0b0011), 2 * kPageSize);
  EXPECT_EQ(odd.bytes(0, ~PageSet{0}), kBlockSize);
  EXPECT_EQ(one.data_offset(), 512U);
  EXPECT_EQ(two.data_offset(), 0U);
}

TEST(DiskFormat, KnowsWhatPagesTakeOnTheDisk) {
  const DiskLayout large{10 * kBlockSize}, small{10'000}, tiny{100}, one{kBlockSize};
  EXPECT_EQ(large.room(3, 0b1011), 3 * kPageSize);
  EXPECT_EQ(tiny.room(0, 1), 0U) << "it fits behind the header";
  EXPECT_EQ(small.room(0, 0b111), 2 * kPageSize);
  EXPECT_EQ(small.room(0, 0b001), 1 * kPageSize);
  EXPECT_EQ(small.room(0, 0b100), 1 * kPageSize);
  EXPECT_EQ(one.room(0, ~PageSet{0}), 32 * kPageSize);
}

TEST(DiskFormat, RunsCoverASet) {
  rc::check("runs", [](PageSet pages) {
    PageSet covered = 0;
    for (PageSet left = pages; left != 0;) {
      const PageRun run = first_run(left);
      RC_ASSERT((run.pages() & left) == run.pages());
      RC_ASSERT(run.count > 0U);
      covered |= run.pages();
      left &= ~run.pages();
    }
    RC_ASSERT(covered == pages);
  });
}

TEST(DiskFormat, SumsAddUp) {
  std::mt19937_64 random(7);
  std::vector<std::byte> bytes(kBlockSize);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  const PageSums sums(kHeader);
  EXPECT_EQ(sums.sum(3, 0x0f0f, bytes) + sums.sum(3, 0xf0f0, bytes), sums.sum(3, 0xffff, bytes));
}

TEST(DiskFormat, ASumHoldsForItsPlaceItsObjectAndItsGenerationOnly) {
  const std::vector<std::byte> bytes(kBlockSize);
  const auto sum = [&](const MapHeader& header, std::uint64_t block, PageSet pages) {
    return PageSums(header).sum(block, pages, bytes);
  };
  const auto mine = sum(kHeader, 3, 1);
  auto generation = kHeader, id = kHeader, kind = kHeader;
  ++generation.generation;
  ++id.key.file.id.value;
  kind.key.file.kind = FileKind::Video;
  EXPECT_NE(sum(kHeader, 4, 1), mine);
  EXPECT_NE(sum(kHeader, 3, 2), mine);
  EXPECT_NE(sum(generation, 3, 1), mine);
  EXPECT_NE(sum(id, 3, 1), mine);
  EXPECT_NE(sum(kind, 3, 1), mine);
}

TEST(DiskFormat, NamesComeBackAsTheyWere) {
  const FileKey file{{18446744073709551615U}, FileKind::Thumbnail};
  EXPECT_EQ(disk_map_name(file), "18446744073709551615.thumb.map");
  EXPECT_EQ(disk_data_name(file, 0xab), "18446744073709551615.thumb-00000000000000ab.data");
  const auto map = parse_disk_name(disk_map_name(file)).value();
  EXPECT_EQ(map.file, file);
  EXPECT_FALSE(map.generation);
  const auto data = parse_disk_name(disk_data_name(file, 0xab)).value();
  EXPECT_EQ(data.file, file);
  EXPECT_EQ(data.generation, 0xabU);
  for (const char* name :
       {"", ".", "1", "1.mp4", "01.mp4.map", "1.mp3.map", "1.mp4.data", "1.mp4-12.data", "x.mp4.map", "1.mp4.map~",
        "1.mp4-00000000000000AB.data", ".new-0000000000000001", "1.mp4-00000000000000abdata"}) {
    EXPECT_FALSE(parse_disk_name(name)) << name;
  }
}

}  // namespace
}  // namespace g2afs::test
