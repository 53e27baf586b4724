// SPDX-License-Identifier: MIT
#include "store_file.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <map>
#include <tuple>
#include <unistd.h>

#include <xxhash.h>

namespace g2afs {
namespace {

constexpr int kApplicationId = 0x67326673;  // "g2fs"
constexpr int kBusyMilliseconds = 5'000;    // another mount of the account writes

// How each version's file becomes one of the next.
constexpr std::array kMigrations{
    R"(CREATE TABLE directory(
         year INTEGER, month INTEGER, day INTEGER,  -- 0 from where it ends
         occupied INTEGER, claimed INTEGER,
         how INTEGER, first_day INTEGER, end_day INTEGER, listed_at INTEGER,  -- how: -1 where it was not listed
         recordings INTEGER, sum INTEGER, PRIMARY KEY(year, month, day)) WITHOUT ROWID;
       CREATE TABLE recording(
         day INTEGER, id INTEGER, start INTEGER, video_size INTEGER, events_size INTEGER, thumbnail_size INTEGER,
         state INTEGER, archived INTEGER, suffix INTEGER, misses INTEGER, missing_since INTEGER,
         sum INTEGER, PRIMARY KEY(day, id)) WITHOUT ROWID;)",
};

template <std::size_t columns>
using Row = std::array<std::int64_t, columns>;
using DirectoryRow = Row<10>;
using RecordingRow = Row<11>;

template <std::size_t columns>
std::int64_t sum_of(const Row<columns>& row) {
  return static_cast<std::int64_t>(XXH3_64bits(row.data(), sizeof row));
}

template <std::size_t columns>
void insert(SQLite::Statement& statement, const Row<columns>& row) {
  statement.tryReset();
  for (std::size_t i = 0; i < columns; ++i) statement.bind(static_cast<int>(i) + 1, row[i]);
  statement.bind(static_cast<int>(columns) + 1, sum_of(row));
  statement.exec();
}

template <std::size_t columns>
Row<columns> fetch(SQLite::Statement& statement) {
  Row<columns> row;
  for (std::size_t i = 0; i < columns; ++i) row[i] = statement.getColumn(static_cast<int>(i)).getInt64();
  if (statement.getColumn(static_cast<int>(columns)).getInt64() != sum_of(row))
    throw StoreDamaged("a checksum is wrong");
  return row;
}

std::int64_t size_column(const LearnedSize& size) {
  if (const auto bytes = size.bytes()) return static_cast<std::int64_t>(*bytes);
  return size.absent() ? -2 : -1;
}

LearnedSize learned_size(std::int64_t column) {
  if (column >= 0) return LearnedSize(static_cast<std::uint64_t>(column));
  return LearnedSize(column == -2 ? LearnedSize::kAbsent : LearnedSize::kUnknown);
}

RecordingRow row_of(Day day, const Recording& recording, const ClockReading& clock) {
  const MonotonicTime missing{std::chrono::seconds{recording.missing_since}};
  return {day.number,
          static_cast<std::int64_t>(recording.id.value),
          recording.start.time_since_epoch().count(),
          static_cast<std::int64_t>(recording.video_size),
          size_column(recording.events_size),
          size_column(recording.thumbnail_size),
          static_cast<std::int64_t>(recording.state),
          recording.archived,
          static_cast<std::int64_t>(recording.thumbnail_suffix),
          recording.misses,
          recording.misses == 0 ? 0 : clock.to_wall(missing)};
}

Recording recording_of(const RecordingRow& row, const ClockReading& clock) {
  Recording recording;
  recording.id = {static_cast<std::uint64_t>(row[1])};
  recording.start = Time{std::chrono::milliseconds{row[2]}};
  recording.video_size = static_cast<std::uint64_t>(row[3]);
  recording.events_size = learned_size(row[4]);
  recording.thumbnail_size = learned_size(row[5]);
  recording.state = static_cast<State>(row[6]);
  recording.archived = row[7] != 0;
  recording.thumbnail_suffix = static_cast<Suffix>(row[8]);
  recording.misses = static_cast<std::uint8_t>(row[9]);
  if (recording.misses != 0) {
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(clock.from_wall(row[10]).since_start);
    recording.missing_since = static_cast<std::int32_t>(since.count());
  }
  return recording;
}

/// Makes the file before SQLite does, which would let others read it.
std::string make_private(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd >= 0) ::close(fd);
  return path.string();
}

/// Nodes from rows in the order of dates, each directory before what is in it.
class TreeBuilder {
 public:
  YearNode& year(int number) {
    if (years_.empty() || years_.back()->year != number) {
      finish_month();
      years_.push_back(std::make_shared<YearNode>(YearNode{number, false, false, nullptr, {}}));
    }
    return *years_.back();
  }
  MonthNode& month(int year_number, int number) {
    year(year_number);
    if (!month_ || month_->month != number) {
      finish_month();
      month_ = std::make_shared<MonthNode>(MonthNode{year_number, number, false, false, nullptr, {}});
    }
    return *month_;
  }
  void add(DayNode day) {
    const auto ymd = ymd_of(day.day);
    MonthNode& parent = month(ymd.year, ymd.month);
    // What lies above a day may have been written later than the day, or not at all.
    parent.occupied = parent.occupied || day.occupied;
    years_.back()->occupied = years_.back()->occupied || day.occupied;
    parent.days.push_back(std::make_shared<const DayNode>(std::move(day)));
  }
  std::shared_ptr<const Tree> finish(Listed root) {
    finish_month();
    auto tree = std::make_shared<Tree>();
    tree->listed = std::move(root);
    tree->years.assign(years_.begin(), years_.end());
    return tree;
  }

 private:
  void finish_month() {
    if (month_) years_.back()->months.push_back(std::move(month_));
    month_ = nullptr;
  }
  std::vector<std::shared_ptr<YearNode>> years_;
  std::shared_ptr<MonthNode> month_;
};

}  // namespace

std::int64_t ClockReading::to_wall(MonotonicTime time) const {
  return wall.time_since_epoch().count() + std::chrono::duration_cast<std::chrono::milliseconds>(time - now).count();
}

MonotonicTime ClockReading::from_wall(std::int64_t milliseconds) const {
  const auto age = wall.time_since_epoch().count() - milliseconds;
  return now + -std::chrono::milliseconds{std::max<std::int64_t>(age, 0)};
}

StoreFile::StoreFile(const std::filesystem::path& path)
    : database_(make_private(path), SQLite::OPEN_READWRITE, kBusyMilliseconds) {
  database_.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = database_.execAndGet("PRAGMA user_version").getInt();
  const int tables = database_.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (tables != 0 && database_.execAndGet("PRAGMA application_id").getInt() != kApplicationId) {
    throw StoreDamaged("it is another program's");
  }
  if (version > static_cast<int>(kMigrations.size())) throw StoreDamaged("a later version of g2afs wrote it");
  for (std::size_t next = static_cast<std::size_t>(version); next < kMigrations.size(); ++next) {
    database_.exec(kMigrations[next]);
  }
  database_.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  database_.exec("PRAGMA user_version = " + std::to_string(kMigrations.size()));
  transaction.commit();
  put_directory_.emplace(database_, "REPLACE INTO directory VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  remove_directory_.emplace(database_, "DELETE FROM directory WHERE year = ? AND month = ? AND day = ?");
  put_recording_.emplace(database_, "REPLACE INTO recording VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
  remove_recordings_.emplace(database_, "DELETE FROM recording WHERE day = ?");
}

std::shared_ptr<const Tree> StoreFile::load(const ClockReading& clock, Duration least_age) {
  SQLite::Transaction snapshot(database_);  // both tables as they were at one moment, whoever writes meanwhile
  SQLite::Statement directories(database_, "SELECT * FROM directory ORDER BY year, month, day");
  SQLite::Statement recordings(database_, "SELECT * FROM recording ORDER BY day, id");
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>, Listed> listings;
  const auto listed_by = [&](const DirectoryRow& row) -> Listed {
    if (row[5] < 0) return nullptr;
    Listed& listing = listings[{row[5], row[6], row[7], row[8]}];
    if (!listing) {
      const DaySpan span{Day{static_cast<std::int32_t>(row[6])}, Day{static_cast<std::int32_t>(row[7])}};
      const auto at = std::min(clock.from_wall(row[8]), clock.now + -least_age);
      listing = std::make_shared<const ListedInfo>(ListedInfo{static_cast<ListedInfo::How>(row[5]), span, at});
    }
    return listing;
  };

  TreeBuilder builder;
  Listed root;
  bool more = recordings.executeStep();
  while (directories.executeStep()) {
    const auto row = fetch<std::tuple_size_v<DirectoryRow>>(directories);
    const DateDir dir{static_cast<int>(row[0]), static_cast<int>(row[1]), static_cast<int>(row[2])};
    if (dir.is_root()) {
      root = listed_by(row);
    } else if (dir.month == 0) {
      YearNode& year = builder.year(dir.year);
      year.occupied = row[3] != 0, year.claimed = row[4] != 0, year.listed = listed_by(row);
    } else if (dir.day == 0) {
      MonthNode& month = builder.month(dir.year, dir.month);
      month.occupied = row[3] != 0, month.claimed = row[4] != 0, month.listed = listed_by(row);
    } else {
      const auto date = make_day({dir.year, dir.month, dir.day});
      if (!date) throw StoreDamaged("a date is wrong");
      DayNode day{*date, row[3] != 0, listed_by(row), {}};
      day.recordings.reserve(static_cast<std::size_t>(row[9]));
      for (; more; more = recordings.executeStep()) {
        const auto fields = fetch<std::tuple_size_v<RecordingRow>>(recordings);
        if (fields[0] != date->number) break;
        day.recordings.push_back(recording_of(fields, clock));
      }
      if (day.recordings.size() != static_cast<std::size_t>(row[9])) throw StoreDamaged("a recording is missing");
      std::sort(day.recordings.begin(), day.recordings.end(),
                [](const Recording& a, const Recording& b) { return inode_bits(a.id) < inode_bits(b.id); });
      builder.add(std::move(day));
    }
  }
  if (more) throw StoreDamaged("a day is missing");
  return builder.finish(std::move(root));
}

void StoreFile::begin() { transaction_.emplace(database_, SQLite::TransactionBehavior::IMMEDIATE); }

void StoreFile::commit() {
  transaction_->commit();
  transaction_.reset();
}

void StoreFile::put(const DayNode& day, const ClockReading& clock) {
  remove_recordings_->tryReset();
  remove_recordings_->bind(1, day.day.number);
  remove_recordings_->exec();
  for (const Recording& recording : day.recordings) insert(*put_recording_, row_of(day.day, recording, clock));
  put_directory(DateDir::of(day.day), day.occupied, false, day.listed, day.recordings.size(), clock);
}

void StoreFile::put(const DateDir& dir, bool occupied, bool claimed, const Listed& listed, const ClockReading& clock) {
  put_directory(dir, occupied, claimed, listed, 0, clock);
}

void StoreFile::put_directory(const DateDir& dir, bool occupied, bool claimed, const Listed& listed,
                              std::size_t recordings, const ClockReading& clock) {
  DirectoryRow row{dir.year, dir.month, dir.day, occupied, claimed, -1, 0, 0, 0, static_cast<std::int64_t>(recordings)};
  if (listed) {
    row[5] = static_cast<std::int64_t>(listed->how);
    row[6] = listed->span.begin.number, row[7] = listed->span.end.number;
    row[8] = clock.to_wall(listed->at);
  }
  insert(*put_directory_, row);
}

void StoreFile::remove(const DateDir& dir) {
  remove_directory_->tryReset();
  remove_directory_->bind(1, dir.year);
  remove_directory_->bind(2, dir.month);
  remove_directory_->bind(3, dir.day);
  remove_directory_->exec();
  if (!dir.is_day()) return;
  remove_recordings_->tryReset();
  remove_recordings_->bind(1, dir.span().begin.number);
  remove_recordings_->exec();
}

}  // namespace g2afs
