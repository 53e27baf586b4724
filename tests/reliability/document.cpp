// SPDX-License-Identifier: MIT
#include "document.hpp"

#include <fmt/format.h>

#include "cells.hpp"

namespace g2afs::test {
namespace {

constexpr std::string_view kIntroduction = R"(# What happens when something fails

<!-- Made by the fault matrix (tests/reliability/cells.cpp and document.cpp), which checks every cell of it:
     not to be edited here. G2AFS_WRITE_RELIABILITY=1 build/release/tests/g2afs_reliability_test writes it anew. -->

A read returns exactly the recording's bytes or an error; a listing is complete or an error. There are no short reads, no
zeros in place of data, no empty directory because a call failed, and no two versions of an object in one handle. What is
transient is waited out and never seen, as long as it is over within `retry_for` ({0} s by default); what is not is an error
soon after that. Nothing waits for ever.

The tables below are what a test does: the whole of g2afs but for the kernel's side, over real sockets, with servers that
go wrong in {1} ways in each of {2} things a user does, once, for 5 s, and for ever. Every cell is run and says what the
user sees: the right bytes (or names; or the change, done) or the errno, and after how many seconds of trying, with
`retry_for={0}` and `timeout={3}`. After each of them the fault goes away, and the same operation on the same mount
succeeds.

- **How it retries** (`net/retry.hpp`, one policy for all): pauses of random length, up to 100 ms at first and up to twice as
  long each time, up to 10 s; instead, what the server says in Retry-After, as far as `retry_for` goes. The last try is made
  when `retry_for` ends. A media request goes on from the byte that was reached; `retry_for` begins anew with each page
  that comes, and with the first failure, so a first one that takes `timeout` is not counted.
- **An API that is down** rests: after eight failures in a row, or ten seconds of them, whichever calls they are of, all calls
  together are let out for a moment every half second to four seconds, until the first success. So does a host of media. One
  that answers 429 or 503 gets half the requests it had, and none until its Retry-After
  (`net/host_limits.hpp`).
- **Nobody stays in line** for a server that answers nobody: of a thousand callers of an API that hangs, or hundreds of readers
  of a media host, the last gives up after `retry_for` and at most four `timeout`s (by default 240 s), also over one
  connection. A line that moves is waited in for as long as it takes; Ctrl-C ends any wait.
- **The kernel asks twice**: where its readahead failed, once more for the page that its caller waits for. Where the first
  took a while, that fails at once.
- **A stall** is less than 128 bytes a second for `timeout` seconds, whether that is nothing or a byte now and then.
- **A URL that is refused** (401, 403, 404, 410) is renewed at once. A fresh one that leads to nothing (404, 410) is believed:
  ENOENT. A sidecar then leaves its directory until the day is listed again, but only where the recording's video is there at
  that moment: a host that answers 404 to everything is one in trouble, and a mirror must not delete what it holds.
- **Another object** than the handle was opened on, or than was announced, is EIO for that handle; the next open sees it. Who
  opens it while it is there reads it, whole.
- Archiving and transcoding may be repeated, so they are retried as listings are.
- What the way to a server does (no connection, no such name, TLS) shows at the next connection: one that is open is used on.
- What means nothing to an operation (another Content-Range in a listing's answer, say) is there to show that it does no harm.
)";

// What bench/rehearsal printed.
constexpr std::string_view kRehearsal = R"(
## A large account, rehearsed

Not of the matrix: `bench/rehearsal`, which is run by hand. A script as an administrator would write it (for each day rsync,
then `g2afs archive --verify`; in rounds, until nothing is left) archives 100,000 recordings, 50 TB, on a mount with
`archived=exclude`, in six hours of the account's life that are compressed into a quarter of an hour: tokens live 150 s, URLs
10 s, a transcode takes 30 to 60 s, `dir_ttl` is 2 s. Meanwhile 3,000 more arrive, 40 % of them on any earlier day, done or
not, a fifth to be transcoded first; another client archives some by itself; one answer of the API in thirty and one of the
media in a hundred is a fault; on every third day copies are spoilt before they are verified; and the archiver is killed
in an rsync (`kill -9`), and later the daemon, whose place another one takes at once. Of the videos those up to 1.1 MB, and
one in a hundred up to 16 MB, are copied and verified by their bytes; the copies of the others are holes of the right size,
verified with `--size-only`. All events and thumbnails are copied.

What is below is the simulator's own record, not g2afs's. "Once": a recording is not asked for again after a 204 that arrived
whole. Again after a fault means that the answer to a call was spoilt, which also may have been carried out.

| | |
|---|---|
| recordings, of which new while it ran | 102,999, 2,999 |
| not archived at the end | 0 |
| marked by g2afs, by the other client first, then by g2afs too | 102,644, 355, 0 |
| marked, as `g2afs archive` said | 102,644 |
| asked for again after an answer that came | 0 |
| asked for again after a fault | 2,151 |
| calls that mark, ids a call | 2,784, 38 |
| copies spoilt before they were verified, of which marked | 360, 0 |
| copies that are wrong at the end | 0 |
| MB compared with the truth at the end, all that are no holes | 6,282 |
| calls of the API: list, urls, transcode, archive (the other client's among them) | 20,035, 5,277, 246, 3,143 |
| calls of the API a hundred recordings | 28 |
| media requests, of which refused as their URL had expired | 189,647, 7,489 |
| other answers that failed: API, media | 761, 1,400 |
| authorization where none belongs | 0 |
| RSS at first, at most, at last, MiB (`memory_limit` 256M) | 14, 326, 322 |
| minutes, on two cores shared with compilers | 26 |

- Nothing was missed and nothing was marked that had no complete copy. When the daemon died in the middle of a copy,
  `archive` marked the 146 recordings of that day that were there and refused the 779 that were not; the next round copied
  them.
- What rsync cannot see (a byte that changed, with size and time as they were) `archive` says; somebody has to remove that copy
  before the next rsync.
- Most `list` calls ask once more, every `dir_ttl`, the days of the month that is worked on that hold recordings to be
  transcoded: with all others 13 a second here, which is one in two seconds with the default.
- The first rehearsal found that a mount that was begun in the moment in which the daemon before it was being killed did not
  take its place.
)";

std::string_view heading(Operation operation) {
  switch (operation) {
    case Operation::List: return "Listing a day that was never seen: the `list` call fails";
    case Operation::Urls: return "Reading a file whose URL has aged: the `urls` call fails";
    case Operation::Transcode: return "Asking for a transcode: the `transcode` call fails";
    case Operation::Archive: return "Marking as archived: the `archive` call fails";
    case Operation::Token: return "Listing without an access token: the token server fails";
    case Operation::FirstRead: return "The first bytes of a file: the media server fails";
    case Operation::MidFile: return "A read in the middle of an open file: the media server fails";
    case Operation::Sidecar: return "stat and read of a sidecar: the media server fails";
  }
  return "";
}

std::string cell(const Promise& promise) {
  const std::string time = promise.from == promise.from.zero()
                               ? fmt::format("≤ {} s", promise.until.count())
                               : fmt::format("{} to {} s", promise.from.count(), promise.until.count());
  return fmt::format("{}, {}", errno_name(promise.error), time);
}

}  // namespace

std::string reliability_document() {
  std::string text = fmt::format(fmt::runtime(kIntroduction), kRetryFor.count(), fault_rows().size(),
                                 kOperations.size(), kTimeout.count());
  for (const Operation operation : kOperations) {
    text += fmt::format("\n## {}\n\n| fault | once | for 5 s | for ever |\n|---|---|---|---|\n", heading(operation));
    for (const FaultRow& row : fault_rows()) {
      text += fmt::format("| {} |", row.what);
      for (const Lasting lasting : kLastings) text += fmt::format(" {} |", cell(promise(row, operation, lasting)));
      text += "\n";
    }
  }
  return text.append(kRehearsal);
}

}  // namespace g2afs::test
