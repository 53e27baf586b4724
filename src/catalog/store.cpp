// SPDX-License-Identifier: MIT
#include "g2afs/catalog/store.hpp"

#include <algorithm>
#include <sqlite3.h>
#include <vector>

#include <fmt/format.h>

#include "store_file.hpp"

#include "g2afs/base/private_files.hpp"

namespace g2afs {
namespace {

// What is learnt in one go (a walk, a probe of a day's sidecars) is written in one go.
constexpr auto kWriteEvery = std::chrono::seconds{1};
constexpr auto kRetryAfter = std::chrono::seconds{30};
// An unmount has two seconds for everything.
constexpr auto kLastWrite = std::chrono::milliseconds{900};
// Rows a transaction: some 20 ms of work, after which another mount may have its turn.
constexpr std::size_t kRows = 10'000;

/// Calls fn(old, new) for every node that is not the same in two vectors sorted by key_of(node); null: not in that one.
template <class Node, class KeyOf, class Fn>
void for_changed(const std::vector<std::shared_ptr<const Node>>& before,
                 const std::vector<std::shared_ptr<const Node>>& after, KeyOf key_of, Fn fn) {
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (now == after.end() || (old != before.end() && key_of(**old) < key_of(**now))) {
      fn((old++)->get(), static_cast<const Node*>(nullptr));
    } else if (old == before.end() || key_of(**now) < key_of(**old)) {
      fn(static_cast<const Node*>(nullptr), (now++)->get());
    } else {
      if (*old != *now) fn(old->get(), now->get());
      ++old, ++now;
    }
  }
}

/// What is to be written, in its order.
struct Changes {
  std::vector<const DayNode*> days;
  std::vector<const MonthNode*> months;
  std::vector<const YearNode*> years;
  std::vector<DateDir> gone;
  bool root = false;
};

Changes changes_of(const Tree& before, const Tree& after, std::set<Day> learnt) {
  Changes changes;
  const auto day_of = [](const DayNode& node) { return node.day; };
  const auto month_of = [](const MonthNode& node) { return node.month; };
  const auto year_of = [](const YearNode& node) { return node.year; };
  static const MonthNode no_month;
  static const YearNode no_year;
  for_changed(before.years, after.years, year_of, [&](const YearNode* old_year, const YearNode* year) {
    if (year != nullptr) changes.years.push_back(year);
    const YearNode& had = old_year != nullptr ? *old_year : no_year;
    const YearNode& has = year != nullptr ? *year : no_year;
    for_changed(had.months, has.months, month_of, [&](const MonthNode* old_month, const MonthNode* month) {
      if (month != nullptr) changes.months.push_back(month);
      const MonthNode& held = old_month != nullptr ? *old_month : no_month;
      const MonthNode& holds = month != nullptr ? *month : no_month;
      for_changed(held.days, holds.days, day_of, [&](const DayNode* old_day, const DayNode* day) {
        if (day != nullptr) {
          changes.days.push_back(day);
          learnt.erase(day->day);
        } else {
          changes.gone.push_back(DateDir::of(old_day->day));
        }
      });
      if (month == nullptr) changes.gone.push_back({old_month->year, old_month->month, 0});
    });
    if (year == nullptr) changes.gone.push_back({old_year->year, 0, 0});
  });
  for (const Day date : learnt) {
    if (const DayNode* day = after.find(date)) changes.days.push_back(day);
  }
  changes.root = before.listed != after.listed;
  return changes;
}

}  // namespace

Store::Store(std::filesystem::path file, Duration stale_after, const Clock& clock, Log& log)
    : path_(std::move(file)),
      stale_after_(stale_after),
      clock_(clock),
      log_(log),
      written_(std::make_shared<const Tree>()) {}

Store::~Store() { end(); }

void Store::end() {
  if (!writer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_at_ = std::chrono::steady_clock::now() + kLastWrite;
  }
  wake_.notify_one();
  writer_.join();
}

std::shared_ptr<const Tree> Store::load() {
  attempt([&] { written_ = file_->load({clock_.now(), clock_.wall_now()}, stale_after_); });
  work_.tree = written_;
  writer_ = std::thread([this] { write_behind(); });
  return written_;
}

void Store::changed(std::shared_ptr<const Tree> tree) {
  {
    const std::lock_guard lock(mutex_);
    work_.tree = std::move(tree);
  }
  wake_.notify_one();
}

void Store::changed(Day day) {
  {
    const std::lock_guard lock(mutex_);
    work_.days.insert(day);
  }
  wake_.notify_one();
}

void Store::write_behind() {
  std::unique_lock lock(mutex_);
  const auto ending = [this] { return ends_at_.has_value(); };
  const auto pending = [this] { return work_.tree != written_ || !work_.days.empty(); };
  for (bool last = false; !last;) {
    wake_.wait(lock, [&] { return ending() || pending(); });
    if (!pending()) return;
    wake_.wait_for(lock, failing_ ? kRetryAfter : kWriteEvery, ending);
    Work work{work_.tree, std::exchange(work_.days, {})};
    last = ending();
    lock.unlock();
    const bool written = attempt([&] { write(work); });
    lock.lock();
    if (!written) work_.days.merge(work.days);
  }
}

void Store::write(const Work& work) {
  const ClockReading clock{clock_.now(), clock_.wall_now()};
  const Changes changes = changes_of(*written_, *work.tree, work.days);
  std::size_t rows = 0;
  file_->begin();
  for (const DayNode* day : changes.days) {
    file_->put(*day, clock);
    rows += 1 + day->recordings.size();
    if (rows < kRows) continue;
    file_->commit();
    if (late()) return;  // the rest will be listed again
    file_->begin();
    rows = 0;
  }
  // Only now, since they say that what is below them is all there is.
  for (const MonthNode* month : changes.months) {
    file_->put({month->year, month->month, 0}, month->occupied, month->claimed, month->listed, clock);
  }
  for (const YearNode* year : changes.years) {
    file_->put({year->year, 0, 0}, year->occupied, year->claimed, year->listed, clock);
  }
  for (const DateDir& dir : changes.gone) file_->remove(dir);
  if (changes.root) file_->put(DateDir::root(), true, false, work.tree->listed, clock);
  file_->commit();
  written_ = work.tree;
}

bool Store::late() {
  const std::lock_guard lock(mutex_);
  return ends_at_ && std::chrono::steady_clock::now() > *ends_at_;
}

bool Store::attempt(const std::function<void()>& work) {
  std::string trouble;
  try {
    if (!file_) {
      if (const auto error = make_private_directories(path_.parent_path())) throw std::system_error(error);
      file_ = std::make_unique<StoreFile>(path_);
    }
    work();
    failing_ = false;
    return true;
  } catch (const StoreDamaged& error) {
    set_aside(error.what());
    return false;
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_CORRUPT || error.getErrorCode() == SQLITE_NOTADB) {
      set_aside(error.what());
      return false;
    }
    trouble = error.what();
  } catch (const std::system_error& error) {
    trouble = error.code().message();
  }
  if (file_) file_->roll_back();
  if (!failing_) log_.warn("{}: {}: what is listed is not remembered until that works", path_.string(), trouble);
  failing_ = true;
  return false;
}

void Store::set_aside(const std::string& why) {
  file_.reset();
  written_ = std::make_shared<const Tree>();
  const auto with = [this](const char* suffix) { return std::filesystem::path(path_.string() + suffix); };
  std::error_code error;
  std::filesystem::rename(path_, with(".damaged"), error);
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(with(suffix), error);
  log_.warn("{}: {}: set aside, everything is listed anew", path_.string(), why);
}

}  // namespace g2afs
