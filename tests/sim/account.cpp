// SPDX-License-Identifier: MIT
#include "sim/account.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include <fmt/format.h>

#include "sim/account_files.hpp"
#include "sim/account_generator.hpp"
#include "sim/random.hpp"

namespace g2a_sim {
namespace {

std::string suffix_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos || path.find('/', dot) != std::string::npos ? "" : path.substr(dot + 1);
}

}  // namespace

Account::Account(const SimOptions& options, const SimClock& clock) : options_(options), clock_(clock) {
  std::vector<std::pair<Recording, Details>> real;
  if (!options.files_dir.empty()) real = read_manifest(options.files_dir);
  recordings_ = generate_recordings(options);
  // Real files win where an invented recording happens to have their id.
  std::unordered_set<std::uint64_t> taken;
  for (const auto& entry : real) taken.insert(entry.first.id);
  if (!taken.empty()) std::erase_if(recordings_, [&](const Recording& r) { return taken.contains(r.id); });
  rebuild();
  if (const auto twice = add(std::move(real))) {
    throw StartError(fmt::format("{}/manifest.json: id {} is there twice", options.files_dir, *twice));
  }
}

std::size_t Account::size() const {
  const std::lock_guard lock(mutex_);
  return recordings_.size();
}

IdLists Account::list(const ListFilter& filter) {
  const std::lock_guard lock(mutex_);
  finish_transcodes();
  const auto classes_of_state = [&](State state) {
    BlockIndex::ClassSet classes = 0;
    for (const bool unattended : {false, true}) {
      if (filter.unattended && *filter.unattended != unattended) continue;
      if (filter.company && !unattended) continue;
      classes |= BlockIndex::class_of(state, filter.archived, unattended);
    }
    return classes;
  };
  const auto transcode = classes_of_state(State::kUntranscoded);
  const auto download = classes_of_state(State::kReady);

  IdLists lists;
  const std::size_t end = std::max(lower_bound(filter.end_ms), lower_bound(filter.from_ms));
  BlockIndex::ClassSet wanted = transcode | download;
  for (std::size_t i = lower_bound(filter.from_ms); i < end && wanted != 0; ++i) {
    if (i % BlockIndex::kBlock == 0 && !blocks_.block_holds_any(i, wanted)) {
      i += BlockIndex::kBlock - 1;
      continue;
    }
    const Recording& r = recordings_[i];
    const auto its_class = BlockIndex::class_of(r);
    if ((its_class & wanted) == 0) continue;
    if (filter.user && r.user != *filter.user) continue;
    if (filter.company && r.company != *filter.company) continue;
    const bool downloadable = (its_class & download) != 0;
    auto& ids = downloadable ? lists.ready_for_download : lists.ready_for_transcode;
    ids.push_back(r.id);
    if (ids.size() == kIdCap) wanted &= ~(downloadable ? download : transcode);
  }
  return lists;
}

std::optional<RecordingView> Account::find(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  finish_transcodes();
  const auto position = position_of(id);
  if (!position) return std::nullopt;
  return view_of(recordings_[*position]);
}

std::vector<RecordingView> Account::page(std::int64_t from_ms, std::int64_t end_ms, std::size_t offset,
                                         std::size_t limit, std::size_t& total) {
  const std::lock_guard lock(mutex_);
  finish_transcodes();
  const std::size_t begin = lower_bound(from_ms);
  const std::size_t end = std::max(begin, lower_bound(end_ms));
  total = end - begin;
  std::vector<RecordingView> views;
  for (std::size_t i = std::min(offset, total); i < total && views.size() < limit; ++i) {
    views.push_back(view_of(recordings_[begin + i]));
  }
  return views;
}

std::optional<Account::Opened> Account::open(std::uint64_t id, FileKind kind) {
  const std::lock_guard lock(mutex_);
  const auto position = position_of(id);
  if (!position) return std::nullopt;
  RecordingView view = view_of(recordings_[*position]);
  const std::optional<std::uint64_t> size = kind == FileKind::kMp4      ? view.mp4_size
                                            : kind == FileKind::kEvents ? view.events_size
                                                                        : view.thumbnail_size;
  if (!size) return std::nullopt;
  const std::uint32_t version = view.recording.version;
  if (const Details* details = details_of(view.recording)) {
    const std::string& path = kind == FileKind::kMp4      ? details->mp4_path
                              : kind == FileKind::kEvents ? details->events_path
                                                          : details->thumbnail_path;
    if (!path.empty()) {
      auto source = open_file_source(path, version);
      if (!source) return std::nullopt;
      return Opened{std::move(view), std::move(source)};
    }
  }
  return Opened{std::move(view), computed_source({options_.seed, id, kind, version}, *size)};
}

bool Account::transcode(std::span<const std::uint64_t> ids, std::size_t& started) {
  const std::lock_guard lock(mutex_);
  finish_transcodes();
  const auto positions = positions_of(ids);
  if (!positions) return false;
  for (const std::size_t position : *positions) {
    if (recordings_[position].state != State::kUntranscoded) continue;
    change_at(position, [](Recording& r) { r.state = State::kTranscoding; });
    const std::uint64_t id = recordings_[position].id;
    const double jitter = options_.transcode_jitter * unit_interval(hash_of(options_.seed, id, 0x717));
    due_.push({clock_.now_ms() + static_cast<std::int64_t>((options_.transcode_seconds + jitter) * 1000), id});
    ++started;
  }
  return true;
}

bool Account::archive(std::span<const std::uint64_t> ids, std::size_t& changed) {
  const std::lock_guard lock(mutex_);
  const auto positions = positions_of(ids);
  if (!positions) return false;
  for (const std::size_t position : *positions) {
    if (recordings_[position].archived) continue;
    change_at(position, [](Recording& r) { r.archived = true; });
    ++changed;
  }
  return true;
}

std::optional<std::uint64_t> Account::add(std::vector<std::pair<Recording, Details>> more) {
  const std::lock_guard lock(mutex_);
  if (more.empty()) return std::nullopt;
  std::unordered_set<std::uint64_t> seen;
  for (const auto& entry : more) {
    if (position_of(entry.first.id) || !seen.insert(entry.first.id).second) return entry.first.id;
  }
  for (auto& [recording, details] : more) {
    recording.details = static_cast<std::uint32_t>(details_.size());
    details_.push_back(std::move(details));
    recordings_.push_back(recording);
  }
  rebuild();
  return std::nullopt;
}

bool Account::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto position = position_of(id);
  if (!position) return false;
  recordings_.erase(recordings_.begin() + static_cast<std::ptrdiff_t>(*position));
  rebuild();
  return true;
}

bool Account::patch(std::uint64_t id, const RecordingPatch& patch) {
  const std::lock_guard lock(mutex_);
  finish_transcodes();
  const auto position = position_of(id);
  if (!position) return false;
  if (patch.mp4_size && details_of(recordings_[*position]) == nullptr) {
    recordings_[*position].details = static_cast<std::uint32_t>(details_.size());
    details_.emplace_back();
  }
  if (patch.mp4_size) {
    details_[recordings_[*position].details].mp4_size = patch.mp4_size;
    details_[recordings_[*position].details].mp4_path.clear();
  }
  change_at(*position, [&](Recording& r) {
    if (patch.state) r.state = *patch.state;
    if (patch.archived) r.archived = *patch.archived;
    if (patch.version) r.version = *patch.version;
    if (patch.start_ms) r.start_ms = *patch.start_ms;
  });
  if (patch.start_ms) rebuild();
  return true;
}

bool Account::bump_version(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto position = position_of(id);
  if (position) ++recordings_[*position].version;
  return position.has_value();
}

void Account::finish_transcodes() {
  const std::int64_t now = clock_.now_ms();
  while (!due_.empty() && due_.top().at_ms <= now) {
    const auto position = position_of(due_.top().id);
    due_.pop();
    if (!position || recordings_[*position].state != State::kTranscoding) continue;
    change_at(*position, [](Recording& r) { r.state = State::kReady; });
  }
}

void Account::rebuild() {
  std::sort(recordings_.begin(), recordings_.end());
  by_id_.resize(recordings_.size());
  std::iota(by_id_.begin(), by_id_.end(), 0U);
  std::sort(by_id_.begin(), by_id_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return recordings_[a].id < recordings_[b].id; });
  blocks_.rebuild(recordings_);
}

std::optional<std::size_t> Account::position_of(std::uint64_t id) const {
  const auto it = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                   [&](std::uint32_t at, std::uint64_t wanted) { return recordings_[at].id < wanted; });
  if (it == by_id_.end() || recordings_[*it].id != id) return std::nullopt;
  return *it;
}

std::optional<std::vector<std::size_t>> Account::positions_of(std::span<const std::uint64_t> ids) const {
  std::vector<std::size_t> positions;
  for (const std::uint64_t id : ids) {
    const auto position = position_of(id);
    if (!position) return std::nullopt;
    positions.push_back(*position);
  }
  return positions;
}

std::size_t Account::lower_bound(std::int64_t start_ms) const {
  const auto it = std::lower_bound(recordings_.begin(), recordings_.end(), start_ms,
                                   [](const Recording& r, std::int64_t ms) { return r.start_ms < ms; });
  return static_cast<std::size_t>(it - recordings_.begin());
}

const Details* Account::details_of(const Recording& recording) const {
  return recording.details == kNoDetails ? nullptr : &details_[recording.details];
}

RecordingView Account::view_of(const Recording& r) const {
  RecordingView view;
  view.recording = r;
  view.thumbnail_suffix = options_.thumbnail_suffix;
  view.mp4_size = computed_mp4_size(options_.seed, r.id, options_.size_min, options_.size_max);
  if (r.has_events) view.events_size = computed_sidecar_size(options_.seed, r.id, FileKind::kEvents);
  if (r.has_thumbnail) view.thumbnail_size = computed_sidecar_size(options_.seed, r.id, FileKind::kThumbnail);
  if (const Details* details = details_of(r)) {
    if (details->mp4_size) view.mp4_size = *details->mp4_size;
    if (r.has_events && details->events_size) view.events_size = details->events_size;
    if (r.has_thumbnail && details->thumbnail_size) view.thumbnail_size = details->thumbnail_size;
    view.real_mp4 = !details->mp4_path.empty();
    if (!details->thumbnail_path.empty()) view.thumbnail_suffix = suffix_of(details->thumbnail_path);
  }
  return view;
}

template <typename Change>
void Account::change_at(std::size_t position, Change change) {
  blocks_.add(position, recordings_[position], -1);
  change(recordings_[position]);
  blocks_.add(position, recordings_[position], 1);
}

}  // namespace g2a_sim
