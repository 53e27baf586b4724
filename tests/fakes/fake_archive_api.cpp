// SPDX-License-Identifier: MIT
#include "fakes/fake_archive_api.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace g2afs::test {
namespace {

Url url(RecordingId id, const char* suffix) {
  return *Url::parse(fmt::format("https://media.example/{}.{}?key=123", id.value, suffix));
}

}  // namespace

void FakeArchiveApi::add(FakeRecording recording) {
  remove(recording.id);
  const Key key{recording.start, recording.id};
  keys_.emplace(recording.id, key);
  recordings_.emplace(key, recording);
}

void FakeArchiveApi::remove(RecordingId id) {
  const auto key = keys_.find(id);
  if (key == keys_.end()) return;
  recordings_.erase(key->second);
  keys_.erase(key);
}

FakeRecording* FakeArchiveApi::find(RecordingId id) {
  const auto key = keys_.find(id);
  return key == keys_.end() ? nullptr : &recordings_.at(key->second);
}

Task<> FakeArchiveApi::take_time() {
  if (clock_ == nullptr) co_return;
  std::uniform_int_distribution<Duration::rep> distribution(1, std::max<Duration::rep>(longest_.count() / 2, 1));
  const Duration half{distribution(random_)};
  co_await clock_->sleep(half);
}

std::optional<Errc> FakeArchiveApi::failure(Call call) {
  if (failing_ > 0) {
    --failing_;
    return failure_;
  }
  return fault ? fault(call) : std::nullopt;
}

Listing FakeArchiveApi::answer(const ListQuery& query) const {
  Listing listing;
  auto at = query.from && !ignores_from ? recordings_.lower_bound({*query.from, RecordingId{0}}) : recordings_.begin();
  for (; at != recordings_.end(); ++at) {
    const FakeRecording& recording = at->second;
    if (query.to && (to_inclusive ? recording.start > *query.to : recording.start >= *query.to)) break;
    if (recording.archived != query.archived || recording.state == State::Transcoding) continue;
    auto& array = recording.state == State::Ready ? listing.ready_for_download : listing.ready_for_transcode;
    if (array.size() < kMaxIds) array.push_back(recording.id);
    if (listing.ready_for_download.size() == kMaxIds && listing.ready_for_transcode.size() == kMaxIds) break;
  }
  if (ignores_times_of_untranscoded) {
    listing.ready_for_transcode.clear();
    for_each([&](const FakeRecording& one) {
      const bool fits = one.state == State::Untranscoded && one.archived == query.archived;
      if (fits && listing.ready_for_transcode.size() < kMaxIds) listing.ready_for_transcode.push_back(one.id);
    });
  }
  listing.filled = listing.cut();
  if (one_bad_element && listing.ready_for_download.size() == kMaxIds) {
    listing.ready_for_download.erase(listing.ready_for_download.begin() + kMaxIds / 2);
  }
  return listing;
}

Task<Result<Listing>> FakeArchiveApi::list(ListQuery query) {
  ++lists;
  queries.push_back(query);
  co_await take_time();
  if (const auto code = failure(Call::List)) co_return fail(*code, "list: made to fail");
  Listing listing = answer(query);
  if (answered) answered(Call::List);
  co_await take_time();
  co_return listing;
}

Task<Result<std::vector<MediaEntry>>> FakeArchiveApi::urls(std::vector<RecordingId> ids) {
  urls_calls += static_cast<int>((ids.size() + kMaxIds - 1) / kMaxIds);
  co_await take_time();
  if (const auto code = failure(Call::Urls)) co_return fail(*code, "urls: made to fail");
  std::vector<MediaEntry> entries;
  for (const RecordingId id : ids) {
    const FakeRecording* recording = find(id);
    if (recording == nullptr || recording->state != State::Ready || !recording->available) continue;
    MediaEntry entry;
    entry.id = id;
    entry.start = recording->start;
    entry.video_size = recording->video_size;
    entry.video = url(id, "mp4");
    if (recording->events) entry.events = url(id, "events");
    if (recording->thumbnail) entry.thumbnail = url(id, "png");
    entries.push_back(std::move(entry));
  }
  if (answered) answered(Call::Urls);
  co_await take_time();
  co_return entries;
}

Task<Result<void>> FakeArchiveApi::transcode(std::vector<RecordingId> ids) {
  ++changes;
  co_await take_time();
  if (const auto code = failure(Call::Transcode)) co_return fail(*code, "transcode: made to fail");
  for (const RecordingId id : ids) {
    FakeRecording* recording = find(id);
    if (recording != nullptr && recording->state == State::Untranscoded) recording->state = State::Transcoding;
  }
  co_return Result<void>();
}

Task<Result<void>> FakeArchiveApi::archive(std::vector<RecordingId> ids) {
  ++changes;
  co_await take_time();
  if (const auto code = failure(Call::Archive)) co_return fail(*code, "archive: made to fail");
  for (const RecordingId id : ids) {
    if (FakeRecording* recording = find(id)) recording->archived = true;
  }
  co_return Result<void>();
}

}  // namespace g2afs::test
