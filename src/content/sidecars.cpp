// SPDX-License-Identifier: MIT
#include "g2afs/content/sidecars.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace g2afs {
namespace {

// Of the memory for blocks: so much is left for sidecars that nobody has read yet, were each as large as a probe.
constexpr std::size_t kShareAhead = 4;
constexpr std::size_t kFewest = 32;  // a connection each

ByteRange probed_part(std::uint64_t size) { return {0, std::min(size, kProbeSize)}; }

}  // namespace

Sidecars::Sidecars(ContentServices& services, KnownFiles& files, Catalog& catalog)
    : services_(services),
      files_(files),
      catalog_(catalog),
      most_under_way_(std::max<std::size_t>(services.blocks.memory() / kShareAhead / kProbeSize, kFewest)),
      probing_(services.loop) {}

Task<Result<void>> Sidecars::probe(Day day, FileKey key) {
  auto start = probing(day, key, Priority::Interactive);
  if (!probing_.under_way(key)) {
    probing_.start(key, start);  // first, since it is waited for
    bring(Bring::Sizes, day, key.id, asked_.asked(place_in(*catalog_.tree(), day), services_.clock.now()));
  }
  co_return co_await probing_.run(key, std::move(start));
}

void Sidecars::opened(Day day, FileKey key, std::uint64_t size) {
  const auto ahead = read_.asked(place_in(*catalog_.tree(), day), services_.clock.now());
  const bool entered = std::exchange(read_day_, day) != day;
  const bool missing = !here(key, size);
  const bool again = missing && std::exchange(missed_day_, day) == day;
  if (again || (ahead.days > 0 && (missing || entered))) bring(Bring::Contents, day, key.id, ahead);
}

void Sidecars::visited(Day day) {
  const auto ahead = asked_.visited(place_in(*catalog_.tree(), day), services_.clock.now());
  if (ahead.days > 0) bring(Bring::Sizes, day, std::nullopt, ahead);
}

std::function<Task<Result<void>>()> Sidecars::probing(Day day, FileKey key, Priority priority) {
  return [this, day, key, priority] { return probe_now(day, key, priority); };
}

Task<Result<void>> Sidecars::probe_now(Day day, FileKey key, Priority priority) {
  const auto file = files_.find_or_make(day, key, std::nullopt);
  const auto size = co_await file->probe(priority);
  if (size) {
    catalog_.learn_size(day, key, *size);
    co_return Result<void>{};
  }
  if (size.error().code == Errc::NotFound) catalog_.learn_absent(day, key);
  co_return fail(size.error());
}

void Sidecars::bring(Bring what, Day day, std::optional<RecordingId> first, const SidecarWalk::Ahead& ahead) {
  const auto tree = catalog_.tree();
  Batch batch{what, most_under_way_ - std::min(most_under_way_, probing_.size()), {}};
  if (first) batch.ids.push_back(*first);
  const DayNode* node = tree->find(day);
  for (int i = 0; i <= ahead.days; ++i) {
    if (node == nullptr || node->recordings.empty()) break;  // nothing more is known
    bring(batch, *node, i == 0 ? first : std::nullopt);
    node = shown_beside(*tree, node->day, ahead.direction);
  }
  services_.urls.expect(batch.ids);
}

void Sidecars::bring(Batch& batch, const DayNode& day, std::optional<RecordingId> first) {
  const auto& recordings = day.recordings;
  const Recording* asked = first ? day.find(*first) : nullptr;
  const std::size_t begin = asked == nullptr ? 0 : static_cast<std::size_t>(asked - recordings.data());
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const Recording& recording = recordings[(begin + i) % recordings.size()];
    for (const FileKind kind : {FileKind::Events, FileKind::Thumbnail}) {
      if (batch.room == 0) return;
      if (recording.has(kind)) bring(batch, day.day, recording, kind);
    }
  }
}

void Sidecars::bring(Batch& batch, Day day, const Recording& recording, FileKind kind) {
  const FileKey key{recording.id, kind};
  const auto size = recording.size(kind);
  if (!size) {
    if (probing_.under_way(key)) return;
    probing_.start(key, probing(day, key, Priority::Small));
  } else {
    if (batch.what == Bring::Sizes || here(key, *size)) return;
    services_.loop.spawn(fetch(files_.find_or_make(day, key, *size)));
  }
  --batch.room;
  if (batch.ids.empty() || batch.ids.back() != recording.id) batch.ids.push_back(recording.id);
}

Task<> Sidecars::fetch(std::shared_ptr<ContentFile> file) {
  co_await file->find_on_disk();
  if (!file->changed()) file->fetch(probed_part(file->size().value_or(0)), Priority::Small);
  file->rest_on_disk();  // if it was all here
}

bool Sidecars::here(FileKey key, std::uint64_t size) const {
  if (size == 0) return true;
  const auto file = files_.find(key);
  return file && !file->changed() && file->size() == size && file->expects(probed_part(size));
}

}  // namespace g2afs
