// SPDX-License-Identifier: MIT
// ReadGate: lets reads in that have to wait for a server, by the memory of the blocks they pin meanwhile. Loop thread only.
//
// Who is in line waits for others to be served, however long that takes, as long as bytes that one of them waits for keep
// coming. Once none have for `retry_for` (and as long as one try may take), those that were let in are about to fail, and
// those in line fail with them: one group after the other, each with its time for retries, would keep the last of hundreds
// of readers of a dead host for half an hour.
#pragma once

#include <cstddef>
#include <optional>

#include "g2afs/base/error.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class ReadGate {
 public:
  /// `memory` in bytes, of all reads that are in.
  ReadGate(Loop& loop, Clock& clock, std::size_t memory, Duration longest_silence);

  /// In order of arrival; cancellable. `bytes`: of the blocks that hold what is read. Fails as what was tried last, where
  /// no bytes come.
  Task<Result<Gate::Permit>> enter(std::size_t bytes);
  /// New ones, for somebody who waits.
  void bytes_came() { last_bytes_ = clock_.awake(); }
  /// What a try to bring some has come to; what is of one file alone counts for nothing.
  void failed(const Error& error) {
    if (error.code == Errc::Unavailable || error.code == Errc::Throttled || error.code == Errc::Denied)
      last_error_ = error;
  }

  /// For tests.
  std::size_t waiting() const { return gate_.waiting(); }

 private:
  Task<std::optional<Gate::Permit>> turn(std::size_t bytes);
  Task<std::optional<Gate::Permit>> silence() const;

  Loop& loop_;
  Clock& clock_;
  const Duration longest_silence_;
  Gate gate_;
  MonotonicTime last_bytes_;  // awake
  Error last_error_{Errc::Unavailable, "no bytes come"};
};

}  // namespace g2afs
