// SPDX-License-Identifier: MIT
// The words that a key of the configuration takes, where these are all it takes. Any thread.
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "g2afs/app/config_keys.hpp"

namespace g2afs::test {

/// As the key itself says when it refuses another one; empty where it takes more than words.
inline std::vector<std::string> choices_of(const ConfigKey& key) {
  Config config(Zone::find("UTC").value());
  const auto set = key.set(config, "?", {});
  std::vector<std::string> words;
  static const std::regex list("must be ((?:[a-z]+, )*[a-z]+ or [a-z]+)"), word("[a-z]+");
  std::smatch match;
  if (set || !std::regex_match(set.error().what, match, list)) return words;
  const std::string all = match[1];
  for (std::sregex_iterator at(all.begin(), all.end(), word), end; at != end; ++at) {
    if (at->str() != "or") words.push_back(at->str());
  }
  return words;
}

}  // namespace g2afs::test
