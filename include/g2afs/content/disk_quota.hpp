// SPDX-License-Identifier: MIT
// DiskQuota: how many bytes the cache directory holds, told by all who write there, and who may add some. Any thread;
// it blocks for a few small files.
//
// There is no lock and no shared memory, so that it works over NFS, and nothing that a truncation could turn into a
// SIGBUS. Each process has an account, a file in `use/` that only it writes: bytes claimed, and bytes freed, ever. Who
// wants to add bytes first publishes a claim, and then adds up all accounts: if that is beyond the limit it takes the
// claim back. Of two who claim at the same time the later one at least sees both, so together they never exceed it.
// Claims are made ahead, in pieces of some megabytes, so that most writes cost nothing here.
//
// Accounts drift: a process dies with a claim unused, somebody deletes files by hand. So a scan of the tree measures it
// and publishes `measured`: the bytes found, and what the accounts said, claims as before the scan, frees as after it. What
// was claimed since is added, what was freed since is subtracted; whatever happened meanwhile can only make it too high.
// Two scans at a time are harmless, as either's file is true by itself. Where the file is missing or damaged nothing is
// granted until a scan has made it anew.
//
// Over NFS an account is seen by others once their client looks at `use/` anew (acdirmax, a minute), so for as long the
// first claims of a mount that has just begun may go unseen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "g2afs/base/error.hpp"

namespace g2afs {

enum class Room {
  Enough,
  Tight,    // granted, but what is left is little: time to evict
  Full,     // not granted
  Unknown,  // not granted: a scan has to measure first
};

class DiskQuota {
 public:
  /// `directory`: the cache's own, `v1`; it need not be there. No I/O yet. `limit` in bytes.
  DiskQuota(std::filesystem::path directory, std::uint64_t limit);
  /// Gives back what was claimed and not used.
  ~DiskQuota();
  DiskQuota(const DiskQuota&) = delete;
  DiskQuota& operator=(const DiskQuota&) = delete;

  std::uint64_t limit() const { return limit_; }
  /// Above, it is Tight, and eviction goes down to low_water().
  std::uint64_t high_water() const { return limit_ / 100 * 95; }
  std::uint64_t low_water() const { return limit_ / 100 * 90; }

  /// Before that many bytes are written. An error where the accounts cannot be written. What was granted is to be ended by
  /// wrote(), or by give_back() if nothing was written.
  Result<Room> take(std::uint64_t bytes);
  void wrote(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  /// Before files of so many bytes are removed, and after `freed` of them were. A scan that ends in between does not see
  /// the files any more, and has to know that they will be subtracted.
  Result<void> will_free(std::uint64_t bytes);
  Result<void> freed(std::uint64_t announced, std::uint64_t freed);

  /// At most so many bytes are in use, claims included; nothing: Unknown.
  std::optional<std::uint64_t> in_use() const;

  struct Account {
    std::uint64_t claimed = 0, freed = 0;  // ever, bytes
    std::uint64_t ahead = 0;               // of the claimed, at most so many are not written
    std::uint64_t freeing = 0;             // being removed
    std::uint64_t sum = 0;                 // of the above
  };
  /// What a scan that begins now has to know when it ends.
  struct Scan {
    std::map<std::uint64_t, Account> before;
  };
  Scan begin_scan();
  /// The scan found so many bytes, and began at `now`, by the file system's clock: accounts that have been quiet for a day
  /// are removed.
  Result<void> end_scan(const Scan& scan, std::uint64_t bytes, std::int64_t now_seconds);

  /// 5 % of the file system that holds the directory are to stay free, whatever the limit. 0 if they do when `bytes` more
  /// are written, and what is claimed ahead; else how many bytes have to go so that there is room again.
  std::uint64_t short_of_floor(std::uint64_t bytes) const;

 private:
  struct Accounts {
    std::map<std::uint64_t, Account> sound;
    bool complete = true;             // none was damaged, and
    std::optional<Error> unreadable;  // none: all could be looked at
  };
  Accounts read_accounts() const;
  struct Total {
    std::uint64_t in_use = 0, ahead = 0;  // of all, bytes
  };
  std::optional<Total> total() const;
  std::uint64_t claimed_ahead() const;
  /// Of room for `bytes` above the floor.
  std::uint64_t short_of(std::uint64_t bytes) const;
  Result<void> publish();

  const std::filesystem::path directory_;
  const std::uint64_t limit_;
  std::mutex mutex_;
  std::uint64_t name_ = 0;      // of our account; 0: none yet
  Account mine_;                // `ahead` is exact here
  std::uint64_t promised_ = 0;  // of what is ahead, taken and not written yet
};

}  // namespace g2afs
