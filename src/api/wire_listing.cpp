// SPDX-License-Identifier: MIT
#include <unordered_set>

#include <fmt/format.h>

#include "json_body.hpp"

#include "g2afs/api/wire.hpp"

namespace g2afs::wire {
namespace {

/// The usable ids of an array, in its order and each once. `filled` is set if the server sent as many as it
/// ever does.
std::vector<RecordingId> read_ids(const nlohmann::json& array, const char* name, bool& filled, Rejections& rejections) {
  std::vector<RecordingId> ids;
  std::unordered_set<RecordingId> seen;
  for (std::size_t index = 0; index < array.size(); ++index) {
    const auto value = read_decimal(array[index]);
    if (!value) {
      rejections.add(fmt::format("{}: element {} is not a recording id", name, index));
    } else if (seen.insert(RecordingId{*value}).second) {
      ids.push_back(RecordingId{*value});
    }
  }
  filled = filled || array.size() >= kMaxIds;
  return ids;
}

}  // namespace

Result<Parsed<Listing>> parse_listing(std::string_view body) {
  const Result<nlohmann::json> json = parse_body(body);
  if (!json) return fail(json.error());
  if (!json->is_object()) return fail(Errc::Unavailable, "the answer is not a JSON object");

  Parsed<Listing> parsed;
  Rejections rejections;
  bool known = json->empty();
  for (const auto& [name, ids] : {std::pair{"readyForTranscode", &parsed.value.ready_for_transcode},
                                  std::pair{"readyForDownload", &parsed.value.ready_for_download}}) {
    known = known || json->contains(name);
    const auto* array = find_member(*json, name);
    if (array == nullptr) continue;
    // Taken for empty, it would make recordings vanish from the tree.
    if (!array->is_array()) return fail(Errc::Unavailable, fmt::format("{} is not an array", name));
    *ids = read_ids(*array, name, parsed.value.filled, rejections);
  }
  // Something else than a listing, such as `{"message":"maintenance"}`: no recording is known to be gone.
  if (!known) return fail(Errc::Unavailable, "the answer holds neither readyForTranscode nor readyForDownload");
  parsed.rejected = rejections.take();
  return parsed;
}

}  // namespace g2afs::wire
