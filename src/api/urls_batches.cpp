// SPDX-License-Identifier: MIT
#include "urls_batches.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "warn_once.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

/// So many ids refused alone while nothing is known to work: it is the query (ids_parameter, ids_style) or
/// the credentials, and asking for each of a thousand ids would not mend that.
constexpr std::size_t kHopeless = 8;

Error refused_all(int status) {
  if (status == 403) return {Errc::Denied, "urls: the API answered 403 for every id: it refuses the access token"};
  return {Errc::Invalid, "urls: the API answered 400 for every id: check ids_parameter and ids_style"};
}

}  // namespace

/// One run(), shared by its workers.
struct UrlsBatches::Job {
  std::deque<RecordingId> line;
  std::vector<MediaEntry> entries;
  std::size_t answered = 0;  // ids in queries that worked
  std::size_t left_out = 0;  // ids that were refused alone
  int refusal = 0;           // the status, of the last of these
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
  bool too_long = false;  // perhaps: it was halved for a 400
  bool culprit = false;   // an id was refused alone
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
  if (job.left_out > 0 && job.answered == 0) co_return fail(refused_all(job.refusal));
  co_return std::move(job.entries);
}

Task<bool> UrlsBatches::work(Job& job) {
  while (!job.failure && !job.line.empty()) {
    Batch batch;
    std::vector<RecordingId> ids = job.take(batch_);
    co_await ask(job, batch, std::move(ids));
    if (batch.too_long && !batch.culprit && batch.worked > 0) batch_ = std::min(batch_, batch.worked);
  }
  co_return true;
}

Task<> UrlsBatches::ask(Job& job, Batch& batch, std::vector<RecordingId> ids) {
  if (job.failure) co_return;
  Result<UrlsReply> reply = co_await ask_(ids, batch.halved);
  if (!reply) {
    job.failure = std::move(reply.error());
  } else if (reply->status == 200) {
    ever_worked_ = true;
    batch.worked = std::max(batch.worked, ids.size());
    job.add(std::move(reply->entries), ids.size());
  } else if (reply->status != 400 && reply->status != 403) {
    if (shrink(job, ids.size(), reply->status)) job.put_back(ids);
  } else if (ids.size() == 1) {
    batch.culprit = true;
    leave_out(job, ids.front(), reply->status);
  } else {
    batch.halved = true;
    batch.too_long = batch.too_long || reply->status == 400;
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::vector<RecordingId> second(middle, ids.end());
    ids.erase(middle, ids.end());
    co_await ask(job, batch, std::move(ids));
    co_await ask(job, batch, std::move(second));
  }
}

void UrlsBatches::leave_out(Job& job, RecordingId id, int status) {
  ++job.left_out;
  job.refusal = status;
  // A form of the query that worked once will do so always; credentials may end at any time.
  const bool known_to_work = status == 400 ? ever_worked_ : job.answered > 0;
  if (!known_to_work && job.left_out >= kHopeless) {
    job.failure = refused_all(status);
  } else {
    warnings_.warn(fmt::format("urls: recording {} is left out: the API answers {} for it", to_string(id), status));
  }
}

bool UrlsBatches::shrink(Job& job, std::size_t refused_size, int status) {
  if (refused_size > 1) {
    batch_ = std::min(batch_, refused_size / 2);
    return true;
  }
  job.failure = Error{Errc::Invalid,
                      fmt::format("urls: the API answered {}: its request line has no room for even one id", status)};
  return false;
}

}  // namespace g2afs
