// SPDX-License-Identifier: MIT
#include "sim/account_files.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "sim/byte_source.hpp"
#include "sim/recording_json.hpp"

namespace g2a_sim {
namespace {

void read_file(ObjectReader& entry, const char* member, const std::string& dir, std::string& path,
               std::optional<std::uint64_t>& size) {
  const auto name = entry.string(member);
  if (!name || name->empty()) return;
  path = dir + "/" + *name;
  const auto source = open_file_source(path, 0);
  if (!source) entry.fail(member, fmt::format("is \"{}\", which cannot be read", *name));
  size = source->size();
}

std::pair<Recording, Details> read_entry(const nlohmann::json& json, const std::string& dir, std::size_t number) {
  ObjectReader entry(json, fmt::format("entry {}", number));
  Recording recording;
  Details details;
  const auto id = entry.unsigned_number("id");
  const auto start = entry.time("start");
  if (!id) entry.fail("id", "is missing");
  if (!start) entry.fail("start", "is missing");
  recording.id = *id;
  recording.start_ms = *start;
  recording.unattended = entry.boolean("session_type").value_or(false);
  recording.archived = entry.boolean("archived").value_or(false);
  recording.state = entry.state("state").value_or(State::kReady);
  read_file(entry, "mp4", dir, details.mp4_path, details.mp4_size);
  read_file(entry, "events", dir, details.events_path, details.events_size);
  read_file(entry, "thumbnail", dir, details.thumbnail_path, details.thumbnail_size);
  recording.has_events = details.events_size.has_value();
  recording.has_thumbnail = details.thumbnail_size.has_value();
  entry.finish();
  return {recording, std::move(details)};
}

}  // namespace

std::vector<std::pair<Recording, Details>> read_manifest(const std::string& dir) {
  const std::string path = dir + "/manifest.json";
  std::ifstream file(path);
  if (!file) throw StartError(fmt::format("{} cannot be read", path));
  std::ostringstream text;
  text << file.rdbuf();
  try {
    const auto json = parse_json(text.str());
    if (!json.is_array()) throw JsonError("it is not a JSON array");
    std::vector<std::pair<Recording, Details>> entries;
    for (const auto& entry : json) entries.push_back(read_entry(entry, dir, entries.size()));
    return entries;
  } catch (const JsonError& error) {
    throw StartError(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace g2a_sim
