// SPDX-License-Identifier: MIT
#include "g2afs/control/control.hpp"

#include <fmt/format.h>

#include "g2afs/catalog/tree_days.hpp"

namespace g2afs {
namespace {

const char* name_of(Change change) { return change == Change::Archive ? "archive" : "transcode"; }

bool is_open(Change change, const Recording& recording) {
  return change == Change::Archive ? !recording.archived : recording.state == State::Untranscoded;
}

std::vector<DatedId> open_ones(const Tree& tree, const DateDir& directory, Change change) {
  std::vector<DatedId> ids;
  for_days(tree, directory.span(), [&](const DayNode& day) {
    for (const Recording& one : day.recordings) {
      if (is_open(change, one)) ids.push_back({day.day, one.id});
    }
  });
  return ids;
}

}  // namespace

/// The line in the log, written when the call is over, however it ends.
class Control::Audit {
 public:
  Audit(Log& log, Change change, std::string path, Caller caller)
      : log_(log), change_(change), path_(std::move(path)), caller_(caller) {}
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;
  ~Audit() {
    log_.info("{} {} by uid {}, pid {}: {} of {} done{}", name_of(change_), path_, caller_.uid, caller_.pid,
              progress.done, wanted, result_);
  }
  Result<void> end(Result<void> result) {
    result_ = result ? "" : fmt::format(": {} ({})", result.error().what, to_string(result.error().code));
    return result;
  }

  std::size_t wanted = 0;
  ControlBatcher::Progress progress;

 private:
  Log& log_;
  const Change change_;
  const std::string path_;
  const Caller caller_;
  std::string result_ = ": interrupted";  // unless it comes to its end
};

Control::Control(Loop& loop, ArchiveApi& api, Catalog& catalog, Clock& clock, Log& log, std::size_t connections)
    : catalog_(catalog),
      log_(log),
      watch_(loop, catalog, clock),
      archive_(
          loop, clock, log, "archive", connections,
          [&api](std::vector<RecordingId> ids) { return api.archive(std::move(ids)); },
          [this](std::span<const DatedId> ids) { catalog_.mark_archived(ids); }),
      transcode_(
          loop, clock, log, "transcode", connections,
          [&api](std::vector<RecordingId> ids) { return api.transcode(std::move(ids)); },
          [this](std::span<const DatedId> ids) {
            catalog_.mark_transcoding(ids);
            watch_.add(ids);
          }) {}

Task<Result<void>> Control::apply(Change change, DatedId recording, Caller caller) {
  Audit audit(log_, change, DateDir::of(recording.day).path() + '/' + to_string(recording.id), caller);
  audit.wanted = 1;
  const Result<void> result = co_await batcher(change).one(recording);
  if (result) audit.progress.done = 1;
  co_return audit.end(result);
}

Task<Result<void>> Control::apply(Change change, DateDir directory, Caller caller) {
  Audit audit(log_, change, directory.path(), caller);
  const Result<void> listed = co_await catalog_.list_all(directory);
  if (!listed) co_return audit.end(listed);
  const auto tree = catalog_.tree();
  if (!directory.is_root() && !knowledge(*tree, directory).occupied) {
    co_return audit.end(fail(Errc::NotFound, "it holds no recordings"));
  }
  std::vector<DatedId> ids = open_ones(*tree, directory, change);
  audit.wanted = ids.size();
  co_await batcher(change).many(std::move(ids), audit.progress);
  co_return audit.end(audit.progress.failure ? fail(*audit.progress.failure) : Result<void>());
}

}  // namespace g2afs
