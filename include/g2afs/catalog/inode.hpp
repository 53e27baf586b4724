// SPDX-License-Identifier: MIT
// Inode numbers: they depend only on date, id and kind, so they are the same after a remount, on another machine and
// over NFS (SPEC.md, "The tree"). Any thread; pure.
//
// Layout, bit 63 always zero (some programs keep inode numbers in signed integers):
//   62…60 tag: 0 fixed numbers and dates, 1 a recording's directory, 2 its video, 3 its events, 4 its thumbnail
//   tags 1…4: 59…44 day (days since 1970-01-01), 43…0 the id: as it is below 2^43; above, a hash with bit 43 set.
//   tag 0:    1 the root; 2…15 the fixed files under /.g2afs; else bit 40 set and year·1000 + month·50 + day, where month and
//             day are 0 for a year, and day is 0 for a month.
// So a number leads back to its day, and within the day to the one recording with these low bits. Ids above 2^43 share
// a number only if their 43-bit hashes meet on one day; the catalogue shows the first of such two and logs the other.
#pragma once

#include <cstdint>
#include <optional>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/ids.hpp"

namespace g2afs {

using Ino = std::uint64_t;

inline constexpr Ino kRootIno = 1;
inline constexpr Ino kControlDirIno = 2;   // /.g2afs
inline constexpr Ino kStatusFileIno = 3;   // /.g2afs/status.json
inline constexpr Ino kMetricsFileIno = 4;  // /.g2afs/metrics

Ino year_ino(int year);
Ino month_ino(int year, int month);
Ino day_ino(Day day);
Ino recording_ino(Day day, RecordingId id);
Ino file_ino(Day day, RecordingId id, FileKind kind);

/// The low bits by which a recording is found within its day.
std::uint64_t inode_bits(RecordingId id);

/// An inode number taken apart; nothing for one that g2afs never gives out.
struct InodeParts {
  enum class What { Root, ControlDir, StatusFile, MetricsFile, Year, Month, Day, Recording, File };
  What what = What::Root;
  YearMonthDay date;       // Year, Month: as far as they go
  g2afs::Day day;          // Day, Recording, File
  std::uint64_t bits = 0;  // Recording, File: inode_bits of the id
  FileKind kind = FileKind::Video;
};
std::optional<InodeParts> parse_ino(Ino ino);

}  // namespace g2afs
