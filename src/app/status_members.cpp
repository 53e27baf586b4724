// SPDX-License-Identifier: MIT
#include "status_members.hpp"

namespace g2afs::members {

using nlohmann::json;

const json& at(const json& status, Path path) {
  static const json nothing;
  const json* here = &status;
  for (const char* name : path) {
    if (!here->is_object() || !here->contains(name)) return nothing;
    here = &(*here)[name];
  }
  return *here;
}

std::optional<std::uint64_t> number(const json& status, Path path) {
  const json& value = at(status, path);
  const bool natural = value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  return natural ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::optional<std::string> text(const json& status, Path path) {
  const json& value = at(status, path);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

bool is_true(const json& status, Path path) {
  const json& value = at(status, path);
  return value.is_boolean() && value.get<bool>();
}

std::optional<Time> time(const json& status, Path path) {
  const auto value = text(status, path);
  return value ? parse_iso8601(*value) : std::nullopt;
}

std::optional<double> real(const json& status, Path path) {
  const json& value = at(status, path);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

const json& list(const json& status, Path path) {
  static const json nothing = json::array();
  const json& value = at(status, path);
  return value.is_array() ? value : nothing;
}

}  // namespace g2afs::members
