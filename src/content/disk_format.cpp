// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_format.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <type_traits>

#include <fmt/format.h>
#include <xxhash.h>

namespace g2afs {
namespace {

constexpr std::uint64_t kMagic = 0x3170'616d'6661'3267;  // "g2afmap1"
constexpr std::uint32_t kVersion = 1;
constexpr std::array<std::string_view, 3> kKinds{"mp4", "events", "thumb"};  // as in FileKind
constexpr std::string_view kMap = ".map", kData = ".data";

struct Raw {
  std::uint64_t magic;
  std::uint32_t version, kind;
  std::uint64_t id, size;
  std::int64_t start;
  std::uint64_t generation;
  std::uint16_t etag_size, last_modified_size;
  std::uint32_t reserved;
  std::array<char, kLongestValidator> text;
  std::uint64_t sum;  // of all before it
};
static_assert(sizeof(Raw) == kMapHeaderSize && std::is_trivially_copyable_v<Raw>);

std::uint64_t sum_of(const Raw& raw) { return XXH3_64bits(&raw, offsetof(Raw, sum)); }

}  // namespace

std::optional<RawMapHeader> encode(const MapHeader& header) {
  const auto& [etag, last_modified] = header.validator;
  if (etag.size() > kLongestValidator || last_modified.size() > kLongestValidator - etag.size()) return std::nullopt;
  Raw raw{};
  raw.magic = kMagic;
  raw.version = kVersion;
  raw.kind = static_cast<std::uint32_t>(header.key.file.kind);
  raw.id = header.key.file.id.value;
  raw.size = header.key.size;
  raw.start = header.key.start.time_since_epoch().count();
  raw.generation = header.generation;
  raw.etag_size = static_cast<std::uint16_t>(etag.size());
  raw.last_modified_size = static_cast<std::uint16_t>(last_modified.size());
  std::copy(etag.begin(), etag.end(), raw.text.begin());
  std::copy(last_modified.begin(), last_modified.end(), raw.text.begin() + static_cast<std::ptrdiff_t>(etag.size()));
  raw.sum = sum_of(raw);
  return std::bit_cast<RawMapHeader>(raw);
}

std::optional<MapHeader> decode(const RawMapHeader& bytes) {
  const auto raw = std::bit_cast<Raw>(bytes);
  const std::size_t text_size = std::size_t{raw.etag_size} + raw.last_modified_size;
  if (raw.magic != kMagic || raw.version != kVersion || raw.sum != sum_of(raw)) return std::nullopt;
  if (raw.kind >= kKinds.size() || text_size > kLongestValidator || raw.size > kLargestCached) return std::nullopt;
  const std::string_view text(raw.text.data(), text_size);
  return MapHeader{{{{raw.id}, static_cast<FileKind>(raw.kind)}, raw.size, Time{std::chrono::milliseconds{raw.start}}},
                   {std::string(text.substr(0, raw.etag_size)), std::string(text.substr(raw.etag_size))},
                   raw.generation};
}

std::uint64_t DiskLayout::bytes(std::uint64_t block, PageSet pages) const {
  const auto whole = static_cast<std::uint64_t>(std::popcount(pages)) * kPageSize;
  // The last page of the file is one of them, and shorter.
  const std::uint64_t rounded = (length(block) + kPageSize - 1) / kPageSize * kPageSize;
  const bool has_last = (pages >> (rounded / kPageSize - 1) & 1U) != 0;
  return has_last ? whole - (rounded - length(block)) : whole;
}

std::uint64_t DiskLayout::room(std::uint64_t block, PageSet pages) const {
  if (!in_one_file()) return static_cast<std::uint64_t>(std::popcount(pages)) * kPageSize;
  // Pages begin behind the header, so that each lies in two of the file's own; the first of those is the header's.
  std::uint64_t own_pages = 0;
  while (pages != 0) {
    const PageRun run = first_run(pages);
    const std::uint64_t begin = data_offset() + run.first * kPageSize;
    const std::uint64_t end = data_offset() + std::min((run.first + run.count) * kPageSize, length(block));
    own_pages += (end + kPageSize - 1) / kPageSize - std::max<std::uint64_t>(1, begin / kPageSize);
    pages &= ~run.pages();
  }
  return own_pages * kPageSize;
}

PageRun first_run(PageSet pages) {
  const auto first = static_cast<unsigned>(std::countr_zero(pages));
  return {first, static_cast<unsigned>(std::countr_one(pages >> first))};
}

PageSums::PageSums(const MapHeader& header) {
  const std::array<std::uint64_t, 4> what{header.generation, header.key.file.id.value, header.key.size,
                                          static_cast<std::uint64_t>(header.key.file.kind)};
  seed_ = XXH3_64bits(what.data(), sizeof what);
}

std::uint64_t PageSums::sum(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes) const {
  std::uint64_t sum = 0;
  for (; pages != 0; pages &= pages - 1) {
    const auto page = static_cast<std::uint64_t>(std::countr_zero(pages));
    const auto of_page = bytes.subspan(page * kPageSize, std::min(kPageSize, bytes.size() - page * kPageSize));
    const std::uint64_t place = block * (kBlockSize / kPageSize) + page;
    sum += XXH3_64bits_withSeed(of_page.data(), of_page.size(), seed_ + place * 0x9E3779B97F4A7C15ULL);
  }
  return sum;
}

std::string disk_account_name(std::uint64_t account) { return fmt::format("{:016x}", account); }

std::string disk_shard_name(RecordingId id) {
  return fmt::format("{:02x}", XXH3_64bits(&id.value, sizeof id.value) & 0xff);
}

std::string disk_map_name(FileKey file) {
  return fmt::format("{}.{}{}", file.id.value, kKinds[static_cast<std::size_t>(file.kind)], kMap);
}

std::string disk_data_name(FileKey file, std::uint64_t generation) {
  return fmt::format("{}.{}-{:016x}{}", file.id.value, kKinds[static_cast<std::size_t>(file.kind)], generation, kData);
}

std::optional<std::uint64_t> parse_disk_number(std::string_view name) {
  // Not in capitals: a file of such a name would be taken for the one that is made of its number.
  if (name.size() != 16 || name.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number, 16);
  return number;
}

std::optional<DiskName> parse_disk_name(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto id = parse_id_name(name.substr(0, dot));
  if (!id) return std::nullopt;
  std::string_view rest = name.substr(dot + 1);
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    if (!rest.starts_with(kKinds[kind])) continue;
    rest.remove_prefix(kKinds[kind].size());
    const FileKey file{*id, static_cast<FileKind>(kind)};
    if (rest == kMap) return DiskName{file, std::nullopt};
    if (!rest.starts_with('-') || !rest.ends_with(kData)) return std::nullopt;
    const auto generation = parse_disk_number(rest.substr(1, rest.size() - 1 - kData.size()));
    if (!generation) return std::nullopt;
    return DiskName{file, generation};
  }
  return std::nullopt;
}

}  // namespace g2afs
