// SPDX-License-Identifier: MIT
#include "urls_batches.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "warn_once.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

/// So many ids of a run may be refused for what they are. They come from a listing of the same account, so one
/// or two that were deleted or handed over a moment ago are thinkable, more are hardly.
constexpr std::size_t kFew = 8;
/// Before what was refused is asked for again: longer than a hiccup, short for those who wait.
constexpr std::chrono::seconds kPause{1};
/// How often that is done. Once, but for a spell that began with the run or comes back.
constexpr int kMostRepetitions = 3;

Error refusal(int status, std::string_view of_what) {
  if (status == 403) {
    return {Errc::Denied, fmt::format("urls: the API answered 403 for {}: it refuses the access token", of_what)};
  }
  return {Errc::Invalid,
          fmt::format("urls: the API answered {} for {}: check ids_parameter and ids_style", status, of_what)};
}

}  // namespace

/// One run(), shared by its workers.
struct UrlsBatches::Job {
  std::deque<RecordingId> line;
  std::vector<MediaEntry> entries;
  std::optional<RecordingId> good;              // was in a query that worked
  std::map<RecordingId, int> refused;           // on their own, in this round, with the status
  std::vector<RecordingId> put_off;             // to the next round
  std::vector<std::vector<RecordingId>> whole;  // batches of which every id was refused
  bool repeated = false;                        // not the first round
  bool token_is_good = false;                   // a 403 is about the ids
  std::optional<Error> failure;

  std::vector<RecordingId> take(std::size_t most) {
    const auto end = line.begin() + static_cast<std::ptrdiff_t>(std::min(most, line.size()));
    std::vector<RecordingId> ids(line.begin(), end);
    line.erase(line.begin(), end);
    return ids;
  }
  void put_back(const std::vector<RecordingId>& ids) { line.insert(line.begin(), ids.begin(), ids.end()); }
};

/// What became of one batch.
struct UrlsBatches::Batch {
  std::size_t worked = 0;    // ids of its largest query that did
  std::size_t answered = 0;  // ids in queries that worked
  std::size_t refused = 0;   // ids that were on their own
  bool token_is_good = false;
  bool too_long = false;  // perhaps: it was halved for a 400
};

UrlsBatches::UrlsBatches(Loop& loop, Clock& clock, WarnOnce& warnings, RetryPolicy retry, std::size_t workers, Ask ask)
    : loop_(loop), clock_(clock), warnings_(warnings), retry_(retry), workers_(workers), ask_(std::move(ask)) {}

Task<Result<std::vector<MediaEntry>>> UrlsBatches::run(std::vector<RecordingId> ids) {
  Job job;
  job.line.assign(ids.begin(), ids.end());
  co_await round(job);
  if (!job.refused.empty()) co_await ask_again(job);
  if (job.failure) co_return fail(std::move(*job.failure));
  co_return std::move(job.entries);
}

Task<> UrlsBatches::round(Job& job) {
  const std::size_t batches = (job.line.size() + batch_ - 1) / batch_;
  std::vector<Task<bool>> workers;
  for (std::size_t i = 0; i < std::min(batches, workers_); ++i) workers.push_back(work(job));
  co_await join(loop_, std::move(workers));
}

Task<bool> UrlsBatches::work(Job& job) {
  while (!job.failure && !job.line.empty()) {
    Batch batch;
    batch.token_is_good = job.token_is_good;
    const std::vector<RecordingId> ids = job.take(batch_);
    co_await ask(job, batch, ids);
    if (!job.repeated && ids.size() > 1 && batch.refused == ids.size()) job.whole.push_back(ids);
    if (!batch.too_long || batch.answered < ids.size() || batch.worked >= batch_) continue;
    const Result<UrlsReply> whole = co_await ask_(ids, true);
    if (whole && whole->status != 200 && whole->status != 403) batch_ = std::min(batch_, batch.worked);
  }
  co_return true;
}

Task<> UrlsBatches::ask(Job& job, Batch& batch, std::vector<RecordingId> ids) {
  if (job.failure) co_return;
  if (job.refused.size() > kFew) {
    // The trouble is not with the ids: no use in going on before the pause.
    job.put_off.insert(job.put_off.end(), ids.begin(), ids.end());
    co_return;
  }
  Result<UrlsReply> reply = co_await ask_(ids, batch.token_is_good);
  if (!reply) {
    job.failure = std::move(reply.error());
  } else if (reply->status == 200) {
    batch.worked = std::max(batch.worked, ids.size());
    batch.answered += ids.size();
    job.good = ids.front();
    std::move(reply->entries.begin(), reply->entries.end(), std::back_inserter(job.entries));
  } else if (reply->status != 400 && reply->status != 403) {
    if (shrink(job, ids.size(), reply->status)) job.put_back(ids);
  } else if (ids.size() == 1) {
    ++batch.refused;
    job.refused[ids.front()] = reply->status;
    if (job.repeated && job.refused.size() > kFew) job.failure = refusal(reply->status, "too many ids");
  } else {
    batch.token_is_good = true;
    batch.too_long = batch.too_long || reply->status == 400;
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::vector<RecordingId> second(middle, ids.end());
    ids.erase(middle, ids.end());
    co_await ask(job, batch, std::move(ids));
    co_await ask(job, batch, std::move(second));
  }
}

Task<> UrlsBatches::ask_again(Job& job) {
  job.repeated = true;
  for (int i = 0; i < kMostRepetitions && !job.failure && !job.refused.empty(); ++i) {
    const std::map<RecordingId, int> before = job.refused;
    const bool something_worked = job.good.has_value();
    Retry retry(retry_, clock_);
    co_await retry.again(kPause);
    if (something_worked) co_await check(job);
    if (job.failure) co_return;

    job.token_is_good = something_worked;
    job.refused.clear();
    job.line.assign(job.put_off.begin(), job.put_off.end());
    job.put_off.clear();
    for (const auto& [id, status] : before) job.line.push_back(id);
    co_await round(job);
    if (job.failure || job.refused.empty()) co_return;

    if (!job.good) job.failure = refusal(job.refused.begin()->second, "every id");
    const bool refused_again = std::all_of(job.refused.begin(), job.refused.end(),
                                           [&](const auto& entry) { return before.count(entry.first) != 0; });
    if (something_worked && refused_again) {
      co_await check(job);
      leave_out(job);
      co_return;
    }
  }
  if (!job.failure) job.failure = refusal(job.refused.begin()->second, "ids that it answers at other times");
}

/// The server answers now, too, for an id that it answered for before; else it is ill, or the token has ended.
Task<> UrlsBatches::check(Job& job) {
  std::vector<RecordingId> good{*job.good};
  const Result<UrlsReply> reply = co_await ask_(std::move(good), false);
  if (!reply) {
    job.failure = reply.error();
  } else if (reply->status != 200) {
    job.failure = refusal(reply->status, "an id that it answered for before");
  }
}

void UrlsBatches::leave_out(Job& job) {
  if (job.failure) return;
  for (const std::vector<RecordingId>& batch : job.whole) {
    if (std::all_of(batch.begin(), batch.end(), [&](RecordingId id) { return job.refused.count(id) != 0; })) {
      job.failure = refusal(job.refused.at(batch.front()), "every id of a batch");
      return;
    }
  }
  for (const auto& [id, status] : job.refused) {
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
