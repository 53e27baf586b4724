// SPDX-License-Identifier: MIT
// The config file as it is written: one flat JSON object of scalars, comments allowed. Any thread.
//
// It is parsed as a stream (SAX): a duplicate key is seen, numbers keep every digit, and a nested value is
// refused where it begins, so that no input can nest deep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "g2afs/base/error.hpp"

namespace g2afs {

enum class JsonType { String, Number, Boolean };

struct ConfigMember {
  std::string key;
  std::string text;  // a string's content; a number or boolean as it is written
  JsonType type = JsonType::String;
};

struct ConfigFile {
  std::vector<ConfigMember> members;  // in the file's order, no key twice
  bool regular = true;                // not a pipe or device
};

/// Errors name the file: NotFound, Denied (unreadable; or others may use it, with the chmod that mends it),
/// Invalid (with line and column where it is no JSON; never with a value).
Result<ConfigFile> read_config_file(const std::string& path);

/// The same for a text; `name` is how errors call it.
Result<std::vector<ConfigMember>> parse_config_text(std::string_view text, const std::string& name);

}  // namespace g2afs
