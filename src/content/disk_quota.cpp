// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_quota.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include <xxhash.h>

#include "disk_io.hpp"

#include "g2afs/base/file_descriptor.hpp"
#include "g2afs/base/private_files.hpp"
#include "g2afs/content/disk_format.hpp"

namespace g2afs {
namespace {

constexpr std::uint64_t kMostAhead = 8 << 20;  // a claim costs some fifty microseconds: nothing beside 64 blocks
constexpr std::uint64_t kOwnFiles = 16 << 10;  // an account, and a part of `measured` and of their directory
constexpr std::int64_t kQuiet = 24 * 3600;     // seconds; who is still alive then begins a new account
constexpr std::int64_t kDamaged = 60;          // seconds
constexpr std::uint64_t kMagic = 0x3164'7573'6d61'3267;
constexpr const char* kMeasured = "measured";

std::uint64_t sum_of(const DiskQuota::Account& account) {
  return XXH3_64bits(&account, offsetof(DiskQuota::Account, sum));
}

struct Line {  // of `measured`
  std::uint64_t name, claimed, freed;
  bool operator==(const Line&) const = default;
};
struct Measured {
  std::uint64_t bytes = 0;
  std::vector<Line> lines;
  bool operator==(const Measured&) const = default;
};

std::vector<std::byte> encode(const Measured& measured) {
  std::vector<std::uint64_t> words{kMagic, measured.bytes, measured.lines.size()};
  for (const Line& line : measured.lines) words.insert(words.end(), {line.name, line.claimed, line.freed});
  words.push_back(XXH3_64bits(words.data(), words.size() * sizeof words[0]));
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

std::optional<Measured> decode(std::span<const std::uint64_t> words) {
  constexpr std::size_t kHead = 3, kLine = 3;
  if (words.size() < kHead + 1 || words[0] != kMagic) return std::nullopt;
  if ((words.size() - kHead - 1) / kLine != words[2] || (words.size() - kHead - 1) % kLine != 0) return std::nullopt;
  if (XXH3_64bits(words.data(), words.size_bytes() - sizeof words[0]) != words.back()) return std::nullopt;
  Measured measured{words[1], {}};
  for (std::size_t i = kHead; i + 1 < words.size(); i += kLine) {
    measured.lines.push_back({words[i], words[i + 1], words[i + 2]});
  }
  return measured;
}

std::optional<Measured> read_measured(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  constexpr off_t kMost = 1 << 20;
  if (!fd.ok() || ::fstat(fd.get(), &status) != 0 || status.st_size > kMost) return std::nullopt;
  std::vector<std::uint64_t> words(static_cast<std::size_t>(status.st_size) / sizeof(std::uint64_t));
  const auto got = read_at(fd.get(), std::as_writable_bytes(std::span(words)), 0);
  if (got != static_cast<ssize_t>(words.size() * sizeof words[0])) return std::nullopt;
  return decode(words);
}

struct AccountFile {
  enum { Sound, Gone, Damaged, Unreadable } state = Unreadable;
  DiskQuota::Account account;
  int error = 0;  // why it is unreadable
};

/// A file that is opened for each reading and closed after each writing is what NFS keeps coherent.
AccountFile read_account(const std::filesystem::path& file) {
  AccountFile found;
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.ok()) {
    found.error = errno;
    found.state = errno == ENOENT || errno == ESTALE ? AccountFile::Gone
                  : errno == ELOOP || errno == ENXIO ? AccountFile::Damaged
                                                     : AccountFile::Unreadable;
    return found;
  }
  // Its owner may be writing it: what is torn then is whole at the next try.
  for (int tries = 0; tries < 3; ++tries) {
    const auto got = read_at(fd.get(), raw_bytes(found.account), 0);
    found.error = got < 0 ? errno : 0;
    if (found.error == EISDIR) break;
    if (found.error != 0) return found;
    if (got == sizeof found.account && found.account.sum == sum_of(found.account)) {
      found.state = AccountFile::Sound;
      return found;
    }
  }
  found.state = AccountFile::Damaged;
  return found;
}

std::filesystem::path account_file(const std::filesystem::path& directory, std::uint64_t name) {
  return directory / "use" / disk_account_name(name);
}

}  // namespace

DiskQuota::DiskQuota(std::filesystem::path directory, std::uint64_t limit)
    : directory_(std::move(directory)), limit_(limit) {}

DiskQuota::~DiskQuota() {
  if (name_ == 0 || mine_.ahead == 0) return;
  mine_.claimed -= mine_.ahead;
  mine_.ahead = 0;
  if (::access(account_file(directory_, name_).c_str(), F_OK) == 0) static_cast<void>(publish());
}

DiskQuota::Accounts DiskQuota::read_accounts() const {
  Accounts accounts;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory_ / "use", error), end; !error && at != end;
       at.increment(error)) {
    const auto name = parse_disk_number(at->path().filename().native());
    if (!name) continue;
    const auto found = read_account(at->path());
    if (found.state == AccountFile::Sound) accounts.sound[*name] = found.account;
    if (found.state == AccountFile::Damaged) accounts.complete = false;
    if (found.state == AccountFile::Unreadable) {
      accounts.unreadable = disk_error("cannot read " + at->path().string(), found.error);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    accounts.unreadable = disk_error("cannot list " + (directory_ / "use").string(), error.value());
  }
  if (accounts.unreadable) accounts.complete = false;
  return accounts;
}

std::optional<DiskQuota::Total> DiskQuota::total() const {
  auto measured = read_measured(directory_ / kMeasured);
  auto accounts = read_accounts();
  // A scan that ends meanwhile may have removed accounts that only its own measure makes up for.
  for (int tries = 0; tries < 3; ++tries) {
    auto again = read_measured(directory_ / kMeasured);
    if (again == measured) break;
    measured = std::move(again);
    accounts = read_accounts();
  }
  if (!measured || !accounts.complete) return std::nullopt;
  // Differences mod 2^64: a process may give back more than it has claimed since.
  std::uint64_t sum = measured->bytes, ahead = 0;
  for (const auto& [name, account] : accounts.sound) {
    sum += account.claimed - account.freed;
    ahead += account.ahead;
  }
  for (const Line& line : measured->lines) {
    if (accounts.sound.contains(line.name)) sum -= line.claimed - line.freed;
  }
  return Total{static_cast<std::int64_t>(sum) < 0 ? 0 : sum, ahead};
}

Result<void> DiskQuota::publish() {
  bool made = false;
  for (int tries = 0; tries < 2; ++tries) {
    mine_.sum = sum_of(mine_);
    if (name_ != 0) {
      FileDescriptor fd(::open(account_file(directory_, name_).c_str(),
                               O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (made ? O_CREAT | O_EXCL : 0), 0600));
      if (fd.ok()) {
        if (write_at(fd.get(), raw_bytes(mine_), 0) && fd.close()) return {};
        return fail(disk_error("cannot account for its use", errno));
      }
      if (errno != ENOENT || made) return fail(disk_error("cannot account for its use", errno));
      // Somebody has cleared the cache: of what we claimed there is left what we have not used yet.
      mine_.claimed = mine_.ahead;
      mine_.freed = 0;
    }
    if (const auto error = make_private_directories(directory_ / "use")) {
      return fail(disk_error("cannot make its directory", error.value()));
    }
    name_ = random_number();
    mine_.claimed += kOwnFiles;
    made = true;
  }
  return fail(Errc::Unavailable, "cannot account for its use");
}

Result<Room> DiskQuota::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (mine_.ahead - promised_ >= bytes) {
    promised_ += bytes;
    return Room::Enough;
  }
  // First with some ahead; where that is too much, with just what is needed.
  const std::uint64_t needed = bytes - (mine_.ahead - promised_);
  for (const std::uint64_t claim : {needed + claimed_ahead(), needed}) {
    mine_.claimed += claim;
    mine_.ahead += claim;
    if (auto published = publish(); !published) {
      mine_.claimed -= claim;
      mine_.ahead -= claim;
      return fail(std::move(published).error());
    }
    const auto sum = total();
    if (sum && sum->in_use <= limit_ && short_of(sum->ahead) == 0) {
      promised_ += bytes;
      return sum->in_use > high_water() ? Room::Tight : Room::Enough;
    }
    mine_.claimed -= claim;
    mine_.ahead -= claim;
    // Until this is published the claim stands, which errs on the safe side.
    if (auto published = publish(); !published) return fail(std::move(published).error());
    if (!sum) return Room::Unknown;
  }
  return Room::Full;
}

void DiskQuota::wrote(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  promised_ -= bytes;
  mine_.ahead -= bytes;
}

void DiskQuota::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  promised_ -= bytes;
}

Result<void> DiskQuota::will_free(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  mine_.freeing += bytes;
  return publish();
}

Result<void> DiskQuota::freed(std::uint64_t announced, std::uint64_t freed) {
  const std::lock_guard lock(mutex_);
  mine_.freeing -= announced;
  mine_.freed += freed;
  return publish();
}

std::optional<std::uint64_t> DiskQuota::in_use() const {
  const auto sum = total();
  return sum ? std::optional(sum->in_use) : std::nullopt;
}

std::uint64_t DiskQuota::claimed_ahead() const { return std::min(kMostAhead, limit_ / 128); }

DiskQuota::Scan DiskQuota::begin_scan() {
  const std::lock_guard lock(mutex_);
  // So that the own account, at least, says what is ahead to the byte.
  if (name_ != 0) static_cast<void>(publish());
  return {read_accounts().sound};
}

Result<void> DiskQuota::end_scan(const Scan& scan, std::uint64_t bytes, std::int64_t now_seconds) {
  Measured measured{bytes, {}};
  const auto after = read_accounts();
  // An account that could not be read would be missing in what was measured, as if all of its claims came after it.
  if (after.unreadable) return fail(*after.unreadable);
  std::vector<std::uint64_t> quiet;
  for (const auto& [name, now] : after.sound) {
    const auto known = scan.before.find(name);
    const Account before = known == scan.before.end() ? Account{} : known->second;
    struct stat status {};
    if (now.claimed == before.claimed && now.freed == before.freed && name != name_ &&
        ::stat(account_file(directory_, name).c_str(), &status) == 0 && now_seconds - status.st_mtime > kQuiet) {
      quiet.push_back(name);
      continue;
    }
    // What was ahead of its use then may be used now, and may have been missed by the scan.
    measured.bytes += before.ahead + now.freeing;
    measured.lines.push_back({name, before.claimed, now.freed});
  }
  if (const auto error = make_private_directories(directory_ / "use")) {
    return fail(disk_error("cannot make its directory", error.value()));
  }
  const auto target = directory_ / kMeasured;
  auto temporary = directory_ / (std::string(kDiskTemporary) + disk_account_name(random_number()));
  {
    FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return fail(disk_error("cannot account for its use", errno));
    const auto text = encode(measured);
    if (!write_at(fd.get(), text, 0) || !fd.close() || ::rename(temporary.c_str(), target.c_str()) != 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return fail(disk_error("cannot account for its use", error));
    }
  }
  for (const auto name : quiet) ::unlink(account_file(directory_, name).c_str());
  if (after.complete) return {};
  // Damaged ones say nothing, and what they stood for has been measured.
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory_ / "use", error), end; !error && at != end;
       at.increment(error)) {
    const auto name = parse_disk_number(at->path().filename().native());
    struct stat status {};
    // One that was written just now belongs to a process that will write it whole again.
    if (name && read_account(at->path()).state == AccountFile::Damaged && ::stat(at->path().c_str(), &status) == 0 &&
        now_seconds - status.st_mtime > kDamaged) {
      ::unlink(at->path().c_str());
    }
  }
  return {};
}

std::uint64_t DiskQuota::short_of(std::uint64_t bytes) const {
  struct statvfs status {};
  if (::statvfs(directory_.c_str(), &status) != 0) return 0;
  const std::uint64_t needed = static_cast<std::uint64_t>(status.f_blocks) / 20 * status.f_frsize + bytes;
  const std::uint64_t free = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  return free >= needed ? 0 : needed - free;
}

std::uint64_t DiskQuota::short_of_floor(std::uint64_t bytes) const {
  const auto sum = total();
  const std::uint64_t ahead = bytes + (sum ? sum->ahead : 0);
  return short_of(ahead) == 0 ? 0 : short_of(ahead + claimed_ahead());
}

}  // namespace g2afs
