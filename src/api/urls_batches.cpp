// SPDX-License-Identifier: MIT
#include "urls_batches.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "warn_once.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

/// So many single ids refused before any query of the mount worked: it is the query that is wrong
/// (ids_parameter, ids_style), and asking for each of a thousand ids would not mend it.
constexpr std::size_t kHopeless = 8;

Error refused_all() {
  return {Errc::Invalid, "urls: the API answered 400 for every id: check ids_parameter and ids_style"};
}

}  // namespace

/// One run(), shared by its workers.
struct UrlsBatches::Job {
  std::deque<RecordingId> line;
  std::vector<MediaEntry> entries;
  std::size_t answered = 0;  // ids in queries that worked
  std::size_t left_out = 0;  // ids that were refused alone
  std::optional<Error> failure;

  std::vector<RecordingId> take(std::size_t most) {
    const auto end = line.begin() + static_cast<std::ptrdiff_t>(std::min(most, line.size()));
    std::vector<RecordingId> ids(line.begin(), end);
    line.erase(line.begin(), end);
    return ids;
  }
  void put_back(const std::vector<RecordingId>& ids) { line.insert(line.begin(), ids.begin(), ids.end()); }
  void add(std::vector<MediaEntry> more, std::size_t asked) {
    answered += asked;
    std::move(more.begin(), more.end(), std::back_inserter(entries));
  }
};

/// What became of one batch.
struct UrlsBatches::Batch {
  std::size_t worked = 0;  // ids of its largest query that did
  bool halved = false;
  bool culprit = false;  // an id was refused alone
};

UrlsBatches::UrlsBatches(Loop& loop, WarnOnce& warnings, std::size_t workers, Ask ask)
    : loop_(loop), warnings_(warnings), workers_(workers), ask_(std::move(ask)) {}

Task<Result<std::vector<MediaEntry>>> UrlsBatches::run(std::vector<RecordingId> ids) {
  Job job;
  job.line.assign(ids.begin(), ids.end());
  const std::size_t batches = (ids.size() + batch_ - 1) / batch_;
  std::vector<Task<bool>> workers;
  for (std::size_t i = 0; i < std::min(batches, workers_); ++i) workers.push_back(work(job));
  co_await join(loop_, std::move(workers));

  if (job.failure) co_return fail(std::move(*job.failure));
  if (job.left_out > 0 && job.answered == 0) co_return fail(refused_all());
  co_return std::move(job.entries);
}

Task<bool> UrlsBatches::work(Job& job) {
  while (!job.failure && !job.line.empty()) {
    Batch batch;
    std::vector<RecordingId> ids = job.take(batch_);
    co_await ask(job, batch, std::move(ids));
    if (batch.halved && !batch.culprit && batch.worked > 0) batch_ = std::min(batch_, batch.worked);
  }
  co_return true;
}

Task<> UrlsBatches::ask(Job& job, Batch& batch, std::vector<RecordingId> ids) {
  if (job.failure) co_return;
  Result<UrlsReply> reply = co_await ask_(ids);
  if (!reply) {
    job.failure = std::move(reply.error());
  } else if (reply->status == 200) {
    ever_worked_ = true;
    batch.worked = std::max(batch.worked, ids.size());
    job.add(std::move(reply->entries), ids.size());
  } else if (reply->status != 400) {
    if (shrink(job, ids.size(), reply->status)) job.put_back(ids);
  } else if (ids.size() == 1) {
    batch.culprit = true;
    leave_out(job, ids.front());
  } else {
    batch.halved = true;
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::vector<RecordingId> second(middle, ids.end());
    ids.erase(middle, ids.end());
    co_await ask(job, batch, std::move(ids));
    co_await ask(job, batch, std::move(second));
  }
}

void UrlsBatches::leave_out(Job& job, RecordingId id) {
  ++job.left_out;
  if (!ever_worked_ && job.left_out >= kHopeless) {
    job.failure = refused_all();
    return;
  }
  warnings_.warn(fmt::format("urls: recording {} is left out: the API answers 400 for it", to_string(id)));
}

bool UrlsBatches::shrink(Job& job, std::size_t refused_size, int status) {
  if (refused_size > 1) {
    batch_ = std::min(batch_, refused_size / 2);
    return true;
  }
  job.failure =
      Error{Errc::Invalid,
            fmt::format("urls: the API answered {}: its request line has no room for even one id", status)};
  return false;
}

}  // namespace g2afs
