// SPDX-License-Identifier: MIT
// Mp4Layout: tells from the first bytes of an MP4 or QuickTime file where its `moov` is, the index that a player needs
// before it can show anything. Most recorders write it last, behind an `mdat` that holds nearly the whole file: so it
// can be fetched along with the first data, not only when the player jumps to it. Pure, no I/O, no allocation.
// Loop thread only.
//
// A file is a sequence of boxes (ISO/IEC 14496-12, 4.2; "atoms" in Apple's QuickTime File Format, which agrees): a
// big-endian 32-bit size that counts the header, four characters of type, and where the size is 1, the size in 64 bits;
// a size of 0 is up to the end of the file. Only the headers at top level are looked at, one after the other from 0:
//
// - A file that does not begin with a box such files begin with is none: nothing is fetched.
// - `moov` before any `mdat`: the rest of it is fetched, since it is read whole. Likewise behind an `mdat`.
// - Behind an `mdat` there is normally just the `moov`. A short rest of the file is fetched whole, in one round trip.
//   Of a longer one the beginning is, and when that has come, the header in it says how it goes on.
// - `moof`: the file is fragmented, so its `moov` came first, or it is a part of one and has none.
// - A box that ends beyond the file, or within its own header: damaged, or no such file after all. That ends the walk,
//   and so do more boxes than any recorder writes.
//
// What a header says is never trusted further than that: all ranges lie within the file, no two overlap, and together
// they are at most 17 MiB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "g2afs/net/http.hpp"

namespace g2afs {

class Mp4Layout {
 public:
  explicit Mp4Layout(std::uint64_t file_size);

  /// The bytes the walk waits for: a box's header, or the rest of it; within the file. Nothing: it is over. Until
  /// on_bytes() has returned a range, they come with what the reader reads, if at all. Afterwards they lie in the ranges
  /// that were returned, for which nobody else may be waiting; in two of them where a header begins at the end of one.
  std::optional<ByteRange> wants() const;

  /// Bytes of the file, at `offset`: takes what it wants of them, and ignores the others. Returns a range to fetch now,
  /// without what lies in `bytes`; then call it again with the same bytes, until it returns nothing.
  [[nodiscard]] std::optional<ByteRange> on_bytes(std::uint64_t offset, std::span<const std::byte> bytes);

  /// Where the `moov` ends that came before any `mdat`; 0 if none did, so far. At most 16 MiB behind its beginning.
  std::uint64_t leading_index() const { return leading_index_; }

 private:
  bool is_long() const;
  std::uint64_t size() const;
  std::optional<ByteRange> on_box(std::uint64_t here_until);
  std::optional<ByteRange> missing(ByteRange range, std::uint64_t here_until);
  void begin_box(std::uint64_t offset);
  std::nullopt_t stop();

  const std::uint64_t file_size_;
  int boxes_left_;
  int probes_left_;
  bool after_mdat_ = false;
  std::uint64_t leading_index_ = 0;
  std::uint64_t asked_until_ = 0;  // the end of the last range that was returned, or was here already

  // The box whose header is wanted.
  std::uint64_t begin_ = 0;
  std::array<std::byte, 16> header_{};
  std::size_t header_size_ = 0;  // as far as is known; 0: the walk is over
  std::size_t held_ = 0;         // bytes of the header that have come
};

}  // namespace g2afs
