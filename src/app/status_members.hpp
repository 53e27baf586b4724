// SPDX-License-Identifier: MIT
// Members of a status.json that a daemon of any age wrote: nothing where one is missing or of another kind. Any thread;
// pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "g2afs/base/calendar.hpp"

namespace g2afs::members {

/// Names, from the outermost on.
using Path = std::initializer_list<const char*>;

/// Null where it is missing.
const nlohmann::json& at(const nlohmann::json& status, Path path);
std::optional<std::uint64_t> number(const nlohmann::json& status, Path path);
std::optional<double> real(const nlohmann::json& status, Path path);
std::optional<std::string> text(const nlohmann::json& status, Path path);
std::optional<Time> time(const nlohmann::json& status, Path path);
bool is_true(const nlohmann::json& status, Path path);
/// Empty where it is missing.
const nlohmann::json& list(const nlohmann::json& status, Path path);

}  // namespace g2afs::members
