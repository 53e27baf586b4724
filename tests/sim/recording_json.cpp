// SPDX-License-Identifier: MIT
#include "sim/recording_json.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/iso_time.hpp"

namespace g2a_sim {

ObjectReader::ObjectReader(const nlohmann::json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object_.is_object()) throw JsonError(fmt::format("{} is not a JSON object", what_));
}

const nlohmann::json* ObjectReader::find(const char* name) {
  known_.emplace_back(name);
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

bool ObjectReader::has(const char* name) { return find(name) != nullptr; }

bool ObjectReader::is_null(const char* name) {
  known_.emplace_back(name);
  const auto it = object_.find(name);
  return it != object_.end() && it->is_null();
}

void ObjectReader::fail(const char* name, const std::string& why) const {
  throw JsonError(fmt::format("{}: {} {}", what_, name, why));
}

std::optional<std::uint64_t> ObjectReader::unsigned_number(const char* name, std::uint64_t max) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) fail(name, "is not a number from 0");
  const auto number = value->get<std::uint64_t>();
  if (number > max) fail(name, fmt::format("is more than {}", max));
  return number;
}

std::optional<std::int64_t> ObjectReader::integer(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) fail(name, "is not an integer");
  return value->get<std::int64_t>();
}

std::optional<double> ObjectReader::number(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail(name, "is not a number");
  return value->get<double>();
}

std::optional<bool> ObjectReader::boolean(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number_unsigned() && value->get<std::uint64_t>() <= 1) return value->get<std::uint64_t>() == 1;
  fail(name, "is not true, false, 0 or 1");
}

std::optional<std::string> ObjectReader::string(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail(name, "is not a string");
  return value->get<std::string>();
}

std::optional<std::int64_t> ObjectReader::time(const char* name) {
  const auto text = string(name);
  if (!text) return std::nullopt;
  const auto ms = parse_iso8601(*text);
  if (!ms) fail(name, "is not an ISO 8601 time");
  return ms;
}

std::optional<State> ObjectReader::state(const char* name) {
  const auto text = string(name);
  if (!text) return std::nullopt;
  for (const State state : {State::kUntranscoded, State::kTranscoding, State::kReady}) {
    if (*text == state_name(state)) return state;
  }
  fail(name, "is not untranscoded, transcoding or ready");
}

void ObjectReader::finish() const {
  for (const auto& member : object_.items()) {
    if (std::find(known_.begin(), known_.end(), member.key()) == known_.end()) {
      throw JsonError(fmt::format("{}: unknown member \"{}\"", what_, member.key()));
    }
  }
}

nlohmann::json parse_json(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) throw JsonError("the body is not JSON");
  return json;
}

const char* state_name(State state) {
  switch (state) {
    case State::kUntranscoded: return "untranscoded";
    case State::kTranscoding: return "transcoding";
    case State::kReady: break;
  }
  return "ready";
}

}  // namespace g2a_sim
