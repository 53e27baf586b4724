// SPDX-License-Identifier: MIT
// DiskFile over whatever map and data a disk may hold: no byte is returned that its checksum does not prove, none from
// outside the object, and what was found damaged is gone.
//
// The input makes the entries of the map; where it says so with the right sum, which no mutation would find.
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <xxhash.h>

#include "disk_io.hpp"
#include "disk_services.hpp"
#include "fakes/fake_clock.hpp"
#include "property.hpp"

#include "g2afs/content/disk_file.hpp"

using namespace g2afs;

namespace {

constexpr std::uint64_t kMostBlocks = 3;

int memory_file(std::span<const std::byte> bytes) {
  const int file = ::memfd_create("cached", MFD_CLOEXEC);
  G2AFS_PROPERTY(file >= 0 && write_at(file, bytes, 0));
  return file;
}

/// As disk_format.hpp says it, by other means.
std::uint64_t right_sum(const MapHeader& header, std::uint64_t block, PageSet pages,
                        std::span<const std::byte> object) {
  const std::uint64_t what[] = {header.generation, header.key.file.id.value, header.key.size,
                                static_cast<std::uint64_t>(header.key.file.kind)};
  const std::uint64_t seed = XXH3_64bits(what, sizeof what);
  std::uint64_t sum = 0;
  for (std::uint64_t page = 0; page < kBlockSize / kPageSize; ++page) {
    const std::uint64_t begin = block * kBlockSize + page * kPageSize;
    if ((pages >> page & 1U) == 0 || begin >= object.size()) continue;
    const auto bytes = object.subspan(begin, std::min<std::uint64_t>(kPageSize, object.size() - begin));
    const std::uint64_t place = block * (kBlockSize / kPageSize) + page;
    sum += XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed + place * 0x9E3779B97F4A7C15ULL);
  }
  return sum;
}

/// What `held` says is also what is counted.
void check_counts(const DiskFile& file) {
  std::uint64_t bytes = 0;
  for (std::uint64_t block = 0; block < file.layout().blocks(); ++block) {
    const PageSet held = file.held(block);
    G2AFS_PROPERTY((held & ~file.layout().all_pages(block)) == 0);
    bytes += file.layout().bytes(block, held);
  }
  G2AFS_PROPERTY(bytes == file.cached_bytes() && bytes <= file.layout().size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t input_size) {
  FuzzedDataProvider input(data, input_size);
  static const test::FakeClock clock;
  static const auto log = make_null_log();
  // Nothing is written, so there is no such directory.
  const auto services = std::make_shared<DiskServices>("/nowhere", 1 << 30, 7, clock, *log);

  MapHeader header{{{{7}, FileKind::Video}, 0, Time{}}, {"\"etag\"", ""}, input.ConsumeIntegral<std::uint64_t>()};
  header.key.size = input.ConsumeIntegralInRange<std::uint64_t>(0, kMostBlocks * kBlockSize);
  const DiskLayout layout{header.key.size};
  std::vector<std::byte> object(layout.size);
  for (std::size_t i = 0; i < object.size(); ++i) object[i] = static_cast<std::byte>(i * 31 + i / 251);

  std::vector<MapEntry> entries(layout.blocks());
  for (std::uint64_t block = 0; block < entries.size(); ++block) {
    MapEntry& entry = entries[block];
    entry.pages = input.ConsumeIntegral<PageSet>();
    if (input.ConsumeBool()) entry.pages &= layout.all_pages(block);
    if (input.ConsumeBool()) entry.reserved = input.ConsumeIntegral<std::uint32_t>();
    entry.sum = right_sum(header, block, entry.pages, object);
    if (input.ConsumeBool()) entry.sum = input.ConsumeIntegral<std::uint64_t>();
  }
  auto on_disk = object;
  std::vector<bool> damaged(layout.blocks() * (kBlockSize / kPageSize));
  for (int flips = input.ConsumeIntegralInRange(0, 3); flips > 0 && !on_disk.empty(); --flips) {
    const auto at = input.ConsumeIntegralInRange<std::size_t>(0, on_disk.size() - 1);
    on_disk[at] = object[at] ^ std::byte{1};
    damaged[at / kPageSize] = true;
  }
  const auto raw = encode(header);
  G2AFS_PROPERTY(raw.has_value());
  std::vector<std::byte> map(raw->begin(), raw->end());
  const auto of_entries = std::as_bytes(std::span(entries));
  map.insert(map.end(), of_entries.begin(), of_entries.end());
  if (layout.in_one_file()) map.insert(map.end(), on_disk.begin(), on_disk.end());
  if (input.ConsumeBool()) map.resize(input.ConsumeIntegralInRange<std::size_t>(kMapHeaderSize, map.size()));
  if (input.ConsumeBool()) on_disk.resize(input.ConsumeIntegralInRange<std::size_t>(0, on_disk.size()));

  DiskFile file(services, header, memory_file(map), layout.in_one_file() ? -1 : memory_file(on_disk), true);
  G2AFS_PROPERTY(file.refresh());
  check_counts(file);
  std::vector<std::byte> into(kBlockSize);
  for (std::uint64_t block = 0; block < layout.blocks(); ++block) {
    const MapEntry& entry = entries[block];
    const auto proven = file.read(block, into);
    G2AFS_PROPERTY(proven.has_value());
    G2AFS_PROPERTY(file.held(block) == *proven);
    if (*proven == 0) continue;
    G2AFS_PROPERTY(*proven == entry.pages && entry.reserved == 0);
    G2AFS_PROPERTY(entry.sum == right_sum(header, block, entry.pages, object));
    for (std::uint64_t page = 0; page < kBlockSize / kPageSize; ++page) {
      if ((*proven >> page & 1U) == 0) continue;
      const std::uint64_t begin = block * kBlockSize + page * kPageSize;
      const std::uint64_t length = std::min(kPageSize, layout.size - begin);
      G2AFS_PROPERTY(!damaged[begin / kPageSize]);
      G2AFS_PROPERTY(std::equal(into.begin() + static_cast<std::ptrdiff_t>(page * kPageSize),
                                into.begin() + static_cast<std::ptrdiff_t>(page * kPageSize + length),
                                object.begin() + static_cast<std::ptrdiff_t>(begin)));
    }
  }
  check_counts(file);
  // What was not proven is gone, so nothing more is to be dropped.
  const auto dropped = file.verify();
  G2AFS_PROPERTY(dropped && *dropped == 0);
  check_counts(file);
  return 0;
}
