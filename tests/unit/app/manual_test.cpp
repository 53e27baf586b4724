// SPDX-License-Identifier: MIT
// The manual of the configuration (man/g2afs.json.5) has every key and no other, with its default, the words it takes,
// and whether a running mount takes it over.
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"
#include "unit/app/key_choices.hpp"

#include "g2afs/app/config_keys.hpp"

namespace g2afs {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

std::string page() { return test::read_file(std::filesystem::path(G2AFS_SOURCE) / "man/g2afs.json.5"); }

/// A section from its heading to the next.
std::string section(const std::string& name) {
  const std::string text = page();
  const auto begin = text.find(".Sh " + name + "\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find("\n.Sh ", begin) - begin);
}

std::set<std::string> words(const std::string& text) {
  const std::regex word("[a-z0-9_]+");
  std::set<std::string> all;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) all.insert(at->str());
  return all;
}

/// The text of each entry of KEYS, by key; keys that share an entry share the text.
std::map<std::string, std::string> entries() {
  std::map<std::string, std::string> all;
  std::istringstream lines(section("KEYS"));
  std::set<std::string> current;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(".It Cm ")) {
      current = words(line.substr(7));
      for (const auto& key : current) EXPECT_FALSE(all.contains(key)) << key << " is there twice";
    }
    for (const auto& key : current) all[key] += line + "\n";
    if (line.starts_with(".El")) current.clear();
  }
  return all;
}

TEST(Manual, HasEveryKeyOfTheConfigurationAndNoOther) {
  const auto documented = entries();
  for (const ConfigKey& key : config_keys()) EXPECT_TRUE(documented.contains(std::string(key.name))) << key.name;
  for (const auto& [name, text] : documented) EXPECT_NE(find_config_key(name), nullptr) << name;
}

TEST(Manual, HasEveryDefault) {
  const auto documented = entries();
  for (const ConfigKey& key : config_keys()) {
    const auto entry = documented.find(std::string(key.name));
    if (entry == documented.end() || key.default_text.empty()) continue;
    const std::string text(key.default_text);
    EXPECT_THAT(entry->second, AnyOf(HasSubstr("\n.Cm " + text + "\n"), HasSubstr("\n.Lk " + text + "\n"))) << key.name;
    EXPECT_THAT(entry->second, HasSubstr("default")) << key.name;
  }
}

TEST(Manual, HasEveryWordThatAKeyTakes) {
  const auto documented = entries();
  for (const ConfigKey& key : config_keys()) {
    const auto choices = test::choices_of(key);
    if (choices.size() == 2 && choices[0] == "true") continue;  // a boolean's other word goes without saying
    for (const auto& word : choices) {
      const std::regex marked("\n\\.Cm " + word + "[ \n]");
      EXPECT_TRUE(std::regex_search(documented.at(std::string(key.name)), marked)) << key.name << "=" << word;
    }
  }
}

TEST(Manual, SaysWhatARunningMountTakesOver) {
  std::set<std::string> named;
  std::istringstream lines(section("RELOADING"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(".Cm ")) named.merge(words(line.substr(4)));
  }
  for (const ConfigKey& key : config_keys()) EXPECT_EQ(named.contains(std::string(key.name)), key.live) << key.name;
}

}  // namespace
}  // namespace g2afs
