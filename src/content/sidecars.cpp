// SPDX-License-Identifier: MIT
#include "g2afs/content/sidecars.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "first_byte.hpp"
#include "urls_ahead.hpp"

namespace g2afs {
namespace {

// Of the memory for blocks, for what is under way: a block each, as what is larger than a probe takes.
constexpr std::size_t kShareAhead = 4;
constexpr std::size_t kFewest = 16;
// What has failed is not brought again ahead of anybody for so long; and of so many it is known.
constexpr std::chrono::seconds kLeaveFailed{60};
constexpr std::size_t kMostFailed = 4096;

ByteRange probed_part(std::uint64_t size) { return {0, std::min(size, kProbeSize)}; }

}  // namespace

Sidecars::Sidecars(ContentServices& services, KnownFiles& files, Catalog& catalog)
    : services_(services),
      files_(files),
      catalog_(catalog),
      most_under_way_(std::max<std::size_t>(services.blocks.memory() / kShareAhead / kBlockSize, kFewest)),
      probing_(services.loop),
      fetching_(services.loop),
      failed_(kMostFailed) {}

Task<Result<void>> Sidecars::probe(Day day, FileKey key) {
  std::optional<Retry> retry;
  for (;;) {
    const Outcome found = co_await look(day, key);
    if (!found) co_return fail(found.error());
    if (*found == Presence::There) co_return Result<void>{};
    if (*found == Presence::Absent) {
      co_return fail(Errc::NotFound, to_string(key) + ": the server has no such file");
    }
    if (!retry) retry.emplace(services_.retry, services_.clock);
    const bool again = co_await retry->again();
    if (!again) co_return fail(Errc::Unavailable, to_string(key) + ": the server has neither it nor the video");
    services_.metrics.retries("absent").Increment();
  }
}

Task<Sidecars::Outcome> Sidecars::look(Day day, FileKey key) {
  auto start = probing(day, key, Priority::Interactive);
  if (probing_.under_way(key)) {
    // Ahead of somebody, perhaps: now it is waited for. What has failed before is never ahead, and need not be asked again
    // if its video is just being asked for.
    if (!failed_lately(key)) {
      const auto file = files_.find_or_make(day, key, std::nullopt);
      static_cast<void>(co_await file->probe(Priority::Interactive));
    }
  } else {
    probing_.start(key, start);  // first, since it is waited for
    const auto place = place_in(*catalog_.tree(), day);
    bring(Bring::Sizes, day, key.id, asked_.asked(place, SidecarWalk::Found::Missing, services_.clock.now()));
  }
  co_return co_await probing_.run(key, std::move(start));
}

void Sidecars::opened(Day day, FileKey key, std::uint64_t size) {
  const auto found = here(key, size) ? SidecarWalk::Found::Here : SidecarWalk::Found::Missing;
  const auto ahead = read_.asked(place_in(*catalog_.tree(), day), found, services_.clock.now());
  const bool walking = ahead.days > 0 && (ahead.stepped || found == SidecarWalk::Found::Missing);
  if (ahead.in_vain || walking) bring(Bring::Contents, day, key.id, ahead);
}

void Sidecars::visited(Day day) {
  const auto ahead = asked_.visited(place_in(*catalog_.tree(), day), services_.clock.now());
  if (ahead.days > 0) bring(Bring::Sizes, day, std::nullopt, ahead);
}

std::function<Task<Sidecars::Outcome>()> Sidecars::probing(Day day, FileKey key, Priority priority) {
  return [this, day, key, priority] { return probe_now(day, key, priority); };
}

Task<Sidecars::Outcome> Sidecars::probe_now(Day day, FileKey key, Priority priority) {
  const auto file = files_.find_or_make(day, key, std::nullopt);
  const auto size = co_await file->probe(priority);
  if (size) catalog_.learn_size(day, key, *size);
  Result<void> brought;
  if (!size) brought = fail(size.error());
  co_return co_await noted(day, key, std::move(brought), priority);
}

Task<Sidecars::Outcome> Sidecars::fetch_now(Day day, FileKey key, std::uint64_t size) {
  const auto file = files_.find_or_make(day, key, size);
  co_await file->find_on_disk();
  auto brought = co_await file->bring(probed_part(size), Priority::Small);
  file->rest_on_disk();  // if it was all here
  co_return co_await noted(day, key, std::move(brought), Priority::Small);
}

Task<Sidecars::Outcome> Sidecars::noted(Day day, FileKey key, Result<void> brought, Priority priority) {
  if (brought) co_return Presence::There;
  failed_.insert(key, services_.clock.now());
  if (brought.error().code != Errc::NotFound) co_return fail(brought.error());
  FirstByte of_video(services_);
  const bool well = co_await of_video.comes({key.id, FileKind::Video}, priority);
  if (!well) co_return Presence::Doubtful;
  catalog_.learn_absent(day, key);
  co_return Presence::Absent;
}

bool Sidecars::failed_lately(FileKey key) const {
  const MonotonicTime* when = failed_.peek(key);
  return when != nullptr && services_.clock.now() - *when < kLeaveFailed;
}

void Sidecars::bring(Bring what, Day day, std::optional<RecordingId> first, const SidecarWalk::Ahead& ahead) {
  const auto tree = catalog_.tree();
  const std::size_t under_way = probing_.size() + fetching_.size();
  Batch batch{what, most_under_way_ - std::min(most_under_way_, under_way), {}};
  if (first) batch.ids.push_back(*first);
  const DayNode* node = tree->find(day);
  for (int i = 0; i <= ahead.days; ++i) {
    if (node == nullptr || node->recordings.empty()) break;  // nothing more is known
    bring(batch, *node, i == 0 ? first : std::nullopt, ahead.direction);
    node = shown_beside(*tree, node->day, ahead.direction);
  }
  const bool missed =
      std::any_of(batch.ids.begin(), batch.ids.end(), [&](RecordingId id) { return !services_.urls.knows(id); });
  if (missed && ahead.days > 0) add_urls_ahead(batch.ids, *tree, node, ahead.direction);
  services_.urls.expect(batch.ids);
}

void Sidecars::bring(Batch& batch, const DayNode& day, std::optional<RecordingId> first, Towards direction) {
  const auto& recordings = day.recordings;
  const Recording* asked = first ? day.find(*first) : nullptr;
  const std::size_t count = recordings.size();
  const bool later = direction == Towards::Later;
  const std::size_t begin = asked != nullptr ? static_cast<std::size_t>(asked - recordings.data())
                            : later          ? 0
                                             : count - 1;
  const std::size_t behind = later ? count - begin : begin + 1;
  // Those before it follow where nobody can have read them yet.
  const std::size_t all = batch.what == Bring::Sizes ? count : behind;
  for (std::size_t i = 0; i < all; ++i) {
    const Recording& recording = recordings[later ? (begin + i) % count : (begin + count - i) % count];
    for (const FileKind kind : {FileKind::Events, FileKind::Thumbnail}) {
      if (batch.room == 0) return;
      if (recording.has(kind)) bring(batch, day.day, recording, kind);
    }
  }
}

void Sidecars::bring(Batch& batch, Day day, const Recording& recording, FileKind kind) {
  const FileKey key{recording.id, kind};
  const auto size = recording.size(kind);
  if (probing_.under_way(key) || fetching_.under_way(key) || failed_lately(key)) return;
  if (!size) {
    probing_.start(key, probing(day, key, Priority::Small));
  } else {
    if (batch.what == Bring::Sizes || here(key, *size)) return;
    fetching_.start(key, [this, day, key, size = *size] { return fetch_now(day, key, size); });
  }
  --batch.room;
  if (batch.ids.empty() || batch.ids.back() != recording.id) batch.ids.push_back(recording.id);
}

bool Sidecars::here(FileKey key, std::uint64_t size) const {
  if (size == 0) return true;
  const auto file = files_.find(key);
  return file && !file->changed() && file->size() == size && file->expects(probed_part(size));
}

}  // namespace g2afs
