// SPDX-License-Identifier: MIT
// Recordings as JSON, for the manifest of real files and for the control calls: strict reading (a member that
// is unknown or of the wrong type is named), so that a slip in a test shows at once. Any thread: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/recording.hpp"

namespace g2a_sim {

// What is wrong with a JSON text, in one line.
struct JsonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Access to the members of one object. The destructor does not check; call finish() once all were asked for.
class ObjectReader {
 public:
  explicit ObjectReader(const nlohmann::json& object, std::string what);

  bool has(const char* name);  // present and not null
  bool is_null(const char* name);
  std::optional<std::uint64_t> unsigned_number(const char* name, std::uint64_t max = UINT64_MAX);
  std::optional<std::int64_t> integer(const char* name);
  std::optional<double> number(const char* name);
  std::optional<bool> boolean(const char* name);  // also 0 and 1
  std::optional<std::string> string(const char* name);
  std::optional<std::int64_t> time(const char* name);
  std::optional<State> state(const char* name);
  [[noreturn]] void fail(const char* name, const std::string& why) const;
  void finish() const;  // throws when a member was not asked for

 private:
  const nlohmann::json* find(const char* name);

  const nlohmann::json& object_;
  std::string what_;
  std::vector<std::string_view> known_;
};

nlohmann::json parse_json(std::string_view text);
const char* state_name(State state);

}  // namespace g2a_sim
