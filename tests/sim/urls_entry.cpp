// SPDX-License-Identifier: MIT
#include "sim/urls_entry.hpp"

#include "sim/iso_time.hpp"

namespace g2a_sim {
namespace {

TimeStyle time_style_of(const SimOptions& options, std::uint64_t id) {
  if (options.quirks.contains(Quirk::kTimeOffset)) return id % 2 == 0 ? TimeStyle::kOffset : TimeStyle::kShortOffset;
  return options.quirks.contains(Quirk::kFractional) ? TimeStyle::kFractional : TimeStyle::kUtc;
}

void spoil(nlohmann::json& entry, BadField field) {
  switch (field) {
    case BadField::kId: entry["recordingId"] = -1; break;
    case BadField::kSize: entry["recordingSize"] = "large"; break;
    case BadField::kTime: entry["recordingStartTime"] = "yesterday"; break;
    case BadField::kScheme: entry["recordingUrl"] = "file:///etc/hostname"; break;
  }
}

}  // namespace

nlohmann::json urls_entry(const RecordingView& view, const SimOptions& options, MediaApi& media) {
  const std::uint64_t id = view.recording.id;
  nlohmann::json entry;
  const auto add_url = [&](const char* member, bool exists, FileKind kind) {
    if (exists) {
      entry[member] = media.url_for(view, kind);
    } else if (options.quirks.contains(Quirk::kAbsentNull)) {
      entry[member] = nullptr;
    } else if (options.quirks.contains(Quirk::kAbsentEmpty)) {
      entry[member] = "";
    }
  };
  if (options.quirks.contains(Quirk::kIdsAsStrings)) {
    entry["recordingId"] = std::to_string(id);
  } else {
    entry["recordingId"] = id;
  }
  if (options.quirks.contains(Quirk::kSizeAsNumber)) {
    entry["recordingSize"] = view.mp4_size;
  } else {
    entry["recordingSize"] = std::to_string(view.mp4_size);
  }
  entry["recordingStartTime"] = format_iso8601(view.recording.start_ms, time_style_of(options, id));
  add_url("recordingUrl", true, FileKind::kMp4);
  add_url("eventsUrl", view.events_size.has_value(), FileKind::kEvents);
  add_url("thumbnailUrl", view.thumbnail_size.has_value(), FileKind::kThumbnail);
  if (options.quirks.contains(Quirk::kExtraMembers)) {
    entry["sessionNotes"] = {{"text", "\u00fcber"}, {"tags", {1, "two", nullptr}}};
    entry["duration"] = 61.5;
  }
  if (const auto bad = options.bad_entries.find(id); bad != options.bad_entries.end()) spoil(entry, bad->second);
  return entry;
}

}  // namespace g2a_sim
