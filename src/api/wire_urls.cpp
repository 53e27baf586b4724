// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include "json_body.hpp"

#include "g2afs/api/wire.hpp"

namespace g2afs::wire {
namespace {

/// off_t, in which the kernel counts, ends here.
constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int64_t>::max();

/// How much an array looks like the list of entries: 0 not at all, 1 it is empty, 2 it holds objects, 3 objects
/// with an id.
int likeness(const nlohmann::json& array) {
  int most = array.empty() ? 1 : 0;
  for (const auto& element : array) {
    if (element.is_object()) most = std::max(most, element.contains("recordingId") ? 3 : 2);
  }
  return most;
}

/// The list itself: bare, or the array of an object that looks most like it; others may hold warnings or errors.
/// An object without any value is a list that was left out because it is empty. Null for any other shape, and
/// where two arrays look alike and are not empty.
const nlohmann::json* find_list(const nlohmann::json& json) {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  if (json.is_array()) return &json;
  if (!json.is_object()) return nullptr;
  const nlohmann::json* list = nullptr;
  int most = 0;
  bool values = false;
  for (const auto& member : json) {
    values = values || !member.is_null();
    const int like = member.is_array() ? likeness(member) : 0;
    if (like < most || like == 0) continue;
    list = like == most && like > 1 ? nullptr : &member;
    most = like;
  }
  return values ? list : &kEmpty;
}

/// Reads one entry. Every field is looked at, so that all that is wrong with it is said at once.
class EntryReader {
 public:
  EntryReader(const nlohmann::json& entry, std::size_t index, Rejections& rejections)
      : entry_(entry), who_(fmt::format("urls: entry {}", index)), rejections_(rejections) {}

  std::optional<MediaEntry> read() {
    if (!entry_.is_object()) {
      reject("is not a JSON object");
      return std::nullopt;
    }
    MediaEntry media;
    const auto id = read_number("recordingId", std::numeric_limits<std::uint64_t>::max(), "is not a recording id");
    if (id) {
      media.id = RecordingId{*id};
      who_ = fmt::format("urls: recording {}", *id);
    }
    const auto start = read_time("recordingStartTime");
    const auto size = read_number("recordingSize", kMaxSize, "is not a number of bytes");
    media.video = read_url("recordingUrl", /*required=*/true);
    media.events = read_url("eventsUrl", /*required=*/false);
    media.thumbnail = read_url("thumbnailUrl", /*required=*/false);
    if (!id || !start || !size || !media.video) return std::nullopt;
    media.start = *start;
    media.video_size = *size;
    return media;
  }

 private:
  void reject(std::string_view what) { rejections_.add(fmt::format("{} {}", who_, what)); }
  void reject(const char* field, std::string_view what) {
    rejections_.add(fmt::format("{}: {} {}", who_, field, what));
  }

  std::optional<std::uint64_t> read_number(const char* field, std::uint64_t most, const char* complaint) {
    const auto* value = find_member(entry_, field);
    auto number = value == nullptr ? std::nullopt : read_decimal(*value);
    if (number && *number > most) number.reset();
    if (!number) reject(field, value == nullptr ? "is missing" : complaint);
    return number;
  }

  std::optional<Time> read_time(const char* field) {
    const auto time = parse_iso8601(text_member(entry_, field));
    if (!time) reject(field, find_member(entry_, field) == nullptr ? "is missing" : "is not an ISO 8601 time");
    return time;
  }

  std::optional<Url> read_url(const char* field, bool required) {
    const auto* value = find_member(entry_, field);
    if (value == nullptr || (value->is_string() && value->get_ref<const std::string&>().empty())) {
      if (required) reject(field, "is missing");
      return std::nullopt;
    }
    // What is wrong with it is not said: the text may be most of a secret.
    Result<Url> url = Url::parse(text_member(entry_, field));
    if (url) return std::move(*url);
    reject(field, "is not a usable http or https URL");
    return std::nullopt;
  }

  const nlohmann::json& entry_;
  std::string who_;
  Rejections& rejections_;
};

}  // namespace

Result<Parsed<std::vector<MediaEntry>>> parse_urls(std::string_view body) {
  const Result<nlohmann::json> json = parse_body(body);
  if (!json) return fail(json.error());
  const nlohmann::json* list = find_list(*json);
  if (list == nullptr) return fail(Errc::Unavailable, "the answer is neither a list of entries nor an object with one");

  Parsed<std::vector<MediaEntry>> parsed;
  Rejections rejections;
  std::unordered_set<RecordingId> seen;
  for (std::size_t index = 0; index < list->size(); ++index) {
    auto entry = EntryReader((*list)[index], index, rejections).read();
    if (entry && seen.insert(entry->id).second) parsed.value.push_back(std::move(*entry));
  }
  parsed.rejected = rejections.take();
  return parsed;
}

}  // namespace g2afs::wire
