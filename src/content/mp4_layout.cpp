// SPDX-License-Identifier: MIT
#include "g2afs/content/mp4_layout.hpp"

#include <algorithm>

namespace g2afs {
namespace {

constexpr std::size_t kShortHeader = 8;
constexpr std::size_t kLongHeader = 16;  // with the size in 64 bits

// A rest of the file this long is fetched as it is, which costs no more than the round trip it saves. As a `moov` it is
// a quarter of an hour: with 30 pictures and 47 pieces of sound a second, ffmpeg's takes 1 KiB a second.
constexpr std::uint64_t kShortTail = 1 << 20;
// Of a longer one: half a block, so that the header comes at the server's own latency, and those of small boxes that
// follow it (`free`, `uuid`) along with it.
constexpr std::uint64_t kProbe = 64 << 10;
// More than four hours of that. Of what claims to be larger, this
// much: if that is true, the reader goes on with it in sequence.
constexpr std::uint64_t kLargestMoov = 16 << 20;
// Recorders write up to six boxes (`ftyp`, `uuid`, `free`, `wide`, `mdat`, `moov`), editors a few more. Each probe is a
// round trip, so a player that walks along by itself is no later.
constexpr int kMostBoxes = 32;
constexpr int kMostProbes = 8;

constexpr std::uint32_t type_of(const char (&name)[5]) {
  std::uint32_t type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8U | static_cast<unsigned char>(name[i]);
  return type;
}

constexpr std::uint32_t kMdat = type_of("mdat"), kMoof = type_of("moof"), kMoov = type_of("moov");

/// `ftyp` must come first in an MP4; QuickTime files from before it begin with any of the others.
bool begins_a_file(std::uint32_t type) {
  constexpr std::uint32_t kTypes[] = {type_of("ftyp"), kMdat,           kMoov,          type_of("wide"),
                                      type_of("free"), type_of("skip"), type_of("pnot")};
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8U | std::to_integer<std::uint64_t>(byte);
  return value;
}

}  // namespace

Mp4Layout::Mp4Layout(std::uint64_t file_size)
    : file_size_(file_size), boxes_left_(kMostBoxes), probes_left_(kMostProbes) {
  if (file_size >= kShortHeader) begin_box(0);
}

std::optional<ByteRange> Mp4Layout::wants() const {
  if (header_size_ == 0) return std::nullopt;
  return ByteRange{begin_ + held_, begin_ + header_size_};
}

std::optional<ByteRange> Mp4Layout::on_bytes(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (const auto wanted = wants()) {
    if (offset > wanted->begin || wanted->begin - offset >= bytes.size()) return std::nullopt;
    const auto rest = bytes.subspan(wanted->begin - offset);
    const auto useful = rest.first(std::min<std::uint64_t>(wanted->size(), rest.size()));
    std::ranges::copy(useful, header_.begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += useful.size();
    if (held_ < header_size_) return std::nullopt;
    if (is_long()) {
      header_size_ = kLongHeader;
      continue;
    }
    if (const auto range = on_box(offset + bytes.size())) return range;
  }
  return std::nullopt;
}

/// Whether the size is in the other half of the header, which is not wanted yet.
bool Mp4Layout::is_long() const {
  const bool says_so = big_endian(std::span(header_).first(4)) == 1;
  return says_so && header_size_ == kShortHeader && file_size_ - begin_ >= kLongHeader;
}

std::uint64_t Mp4Layout::size() const {
  const std::span header(header_);
  if (header_size_ == kLongHeader) return big_endian(header.subspan(8));
  const std::uint64_t size = big_endian(header.first(4));
  return size == 0 ? file_size_ - begin_ : size;
}

/// The header is there, and so is what follows it up to `here_until`.
std::optional<ByteRange> Mp4Layout::on_box(std::uint64_t here_until) {
  const auto type = static_cast<std::uint32_t>(big_endian(std::span(header_).subspan(4, 4)));
  const std::uint64_t size = this->size();
  const std::uint64_t left = file_size_ - begin_;
  const bool sound = size >= header_size_ && size <= left && (begin_ > 0 || begins_a_file(type));
  if (!sound || type == kMoof) return stop();
  if (type == kMoov) {
    stop();
    const std::uint64_t end = begin_ + std::min(size, kLargestMoov);
    if (!after_mdat_) leading_index_ = end;
    return missing({begin_ + held_, end}, here_until);
  }

  if (type == kMdat) after_mdat_ = true;
  const std::uint64_t tail = left - size;
  if (tail < kShortHeader || --boxes_left_ == 0) return stop();
  begin_box(begin_ + size);
  if (!after_mdat_) return std::nullopt;  // not far as a rule, and if it is, the reader is as quick to go there
  if (tail <= kShortTail) {
    stop();
    return missing({begin_, file_size_}, here_until);
  }
  if (begin_ + kLongHeader <= asked_until_) return std::nullopt;
  if (probes_left_-- == 0) return stop();
  return missing({begin_, begin_ + kProbe}, here_until);
}

/// What of `range` is neither here nor was asked for before.
std::optional<ByteRange> Mp4Layout::missing(ByteRange range, std::uint64_t here_until) {
  range.begin = std::max({range.begin, asked_until_, here_until});
  asked_until_ = range.end;
  return range.begin < range.end ? std::optional(range) : std::nullopt;
}

void Mp4Layout::begin_box(std::uint64_t offset) {
  begin_ = offset;
  header_size_ = kShortHeader;
  held_ = 0;
}

std::nullopt_t Mp4Layout::stop() {
  header_size_ = 0;
  return std::nullopt;
}

}  // namespace g2afs
