// SPDX-License-Identifier: MIT
#include "g2afs/catalog/inode.hpp"

namespace g2afs {
namespace {

constexpr int kTagShift = 60;
constexpr int kDayShift = 44;
constexpr std::uint64_t kDayMask = 0xFFFF;
constexpr std::uint64_t kBitsMask = (std::uint64_t{1} << kDayShift) - 1;
constexpr std::uint64_t kHashed = std::uint64_t{1} << 43;
constexpr std::uint64_t kDates = std::uint64_t{1} << 40;
constexpr std::uint64_t kYearFactor = 1000, kMonthFactor = 50;

constexpr std::uint64_t kRecordingTag = 1;
constexpr std::uint64_t kFirstFileTag = 2;

Ino date_ino(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
  return kDates + year * kYearFactor + month * kMonthFactor + day;
}

Ino tagged(std::uint64_t tag, Day day, RecordingId id) {
  return tag << kTagShift | static_cast<std::uint64_t>(day.number) << kDayShift | inode_bits(id);
}

std::optional<InodeParts> parse_date(std::uint64_t value) {
  if (value / kYearFactor > kLastYear) return std::nullopt;
  const auto year = static_cast<int>(value / kYearFactor);
  const auto month = static_cast<int>(value % kYearFactor / kMonthFactor);
  const auto day = static_cast<int>(value % kMonthFactor);
  const auto date = make_day({year, month == 0 ? 1 : month, day == 0 ? 1 : day});
  if (!date || (month == 0 && day != 0)) return std::nullopt;
  using enum InodeParts::What;
  return InodeParts{.what = month == 0 ? Year : day == 0 ? Month : Day, .date = {year, month, day}, .day = *date};
}

}  // namespace

std::uint64_t inode_bits(RecordingId id) {
  if (id.value < kHashed) return id.value;
  // splitmix64's finaliser: every bit of the id moves every bit of the result.
  std::uint64_t mixed = id.value;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  mixed ^= mixed >> 31;
  return kHashed | (mixed & (kHashed - 1));
}

Ino year_ino(int year) { return date_ino(static_cast<std::uint64_t>(year), 0, 0); }
Ino month_ino(int year, int month) {
  return date_ino(static_cast<std::uint64_t>(year), static_cast<std::uint64_t>(month), 0);
}
Ino day_ino(Day day) {
  const auto ymd = ymd_of(day);
  return date_ino(static_cast<std::uint64_t>(ymd.year), static_cast<std::uint64_t>(ymd.month),
                  static_cast<std::uint64_t>(ymd.day));
}
Ino recording_ino(Day day, RecordingId id) { return tagged(kRecordingTag, day, id); }
Ino file_ino(Day day, RecordingId id, FileKind kind) {
  return tagged(kFirstFileTag + static_cast<std::uint64_t>(kind), day, id);
}

std::optional<InodeParts> parse_ino(Ino ino) {
  using enum InodeParts::What;
  const std::uint64_t tag = ino >> kTagShift;
  if (tag == 0) {
    switch (ino) {
      case kRootIno: return InodeParts{.what = Root, .date = {0, 0, 0}, .day = {}};
      case kControlDirIno: return InodeParts{.what = ControlDir, .date = {0, 0, 0}, .day = {}};
      case kStatusFileIno: return InodeParts{.what = StatusFile, .date = {0, 0, 0}, .day = {}};
      case kMetricsFileIno: return InodeParts{.what = MetricsFile, .date = {0, 0, 0}, .day = {}};
      default: return ino > kDates ? parse_date(ino - kDates) : std::nullopt;
    }
  }
  const auto kind = tag - kFirstFileTag;
  if (tag != kRecordingTag && kind >= kFileKinds.size()) return std::nullopt;
  InodeParts parts{.what = tag == kRecordingTag ? Recording : File,
                   .date = {},
                   .day = {static_cast<std::int32_t>(ino >> kDayShift & kDayMask)},
                   .bits = ino & kBitsMask};
  parts.date = ymd_of(parts.day);
  if (parts.date.year > kLastYear) return std::nullopt;
  if (parts.what == File) parts.kind = static_cast<FileKind>(kind);
  return parts;
}

}  // namespace g2afs
