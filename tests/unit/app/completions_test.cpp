// SPDX-License-Identifier: MIT
// The completions of the shells (packaging/completions) have what the program takes: every key that may follow -o, the
// words it takes, and every option that a --help shows.
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"
#include "unit/app/key_choices.hpp"

#include "g2afs/app/command_line.hpp"
#include "g2afs/app/config_keys.hpp"

namespace g2afs {
namespace {

using Words = std::set<std::string>;

std::string completion(const char* file) {
  return test::read_file(std::filesystem::path(G2AFS_SOURCE) / "packaging/completions" / file);
}

/// From `begin` to the next `end`.
std::string part(const std::string& text, const std::string& begin, const std::string& end) {
  const auto at = text.find(begin);
  if (at == std::string::npos) return {};
  return text.substr(at, text.find(end, at + begin.size()) - at);
}

/// What the first group matches, everywhere in a text.
Words matches(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  Words words;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) words.insert((*at)[1]);
  return words;
}

Words keys_for_o() {
  Words names;
  for (const ConfigKey& key : config_keys()) {
    if (!key.secret) names.insert(std::string(key.name));
  }
  return names;
}

/// Those of FUSE's options that take a value and are offered.
const Words kOfFuse = {"fsname", "max_read"};

Words with_fuse(Words words) {
  words.insert(kOfFuse.begin(), kOfFuse.end());
  return words;
}

/// `key=word` for each key that takes nothing but words.
Words choices() {
  Words all;
  for (const ConfigKey& key : config_keys()) {
    for (const std::string& word : test::choices_of(key)) all.insert(fmt::format("{}={}", key.name, word));
  }
  return all;
}

/// Every option that a --help shows; of one letter too.
Words options_of_help() {
  Words options;
  for (const char* command : {"", "wait", "archive"}) {
    std::vector<const char*> words{"g2afs", command, "--help"};
    if (*command == '\0') words.erase(words.begin() + 1);
    const auto parsed = parse_command_line(static_cast<int>(words.size()), words.data());
    const std::string text = std::get<HelpCommand>(parsed.value()).text;
    options.merge(matches(text, "[ [|](--[a-z-]+)"));
    options.merge(matches(text, "\n  (-[a-z]) "));  // elsewhere they are other programs'
  }
  return options;
}

TEST(Completions, KnowWhatThereIsToComplete) {
  EXPECT_THAT(choices(),
              testing::IsSupersetOf({"archived=only", "log_format=json", "allow_http=true", "ids_style=comma"}));
  EXPECT_THAT(options_of_help(), testing::IsSupersetOf({"-f", "-o", "--verify", "--prune", "--recheck", "--state"}));
}

TEST(Completions, OfBashHaveEveryKeyWordAndOption) {
  const std::string text = completion("g2afs.bash");
  EXPECT_EQ(matches(part(text, "-P \"$before\" -W", "--"), "([a-z_]+)="), with_fuse(keys_for_o()));
  Words found;
  for (const auto& key : config_keys()) {
    const auto words = matches(text, fmt::format("    {}=\\*\\) words=\"([a-z ]+)\"", key.name).c_str());
    for (const auto& list : words) {
      for (const auto& word : matches(list, "([a-z]+)")) found.insert(fmt::format("{}={}", key.name, word));
    }
  }
  EXPECT_EQ(found, choices());
  EXPECT_THAT(matches(text, "[ \"](--?[a-z][a-z-]*)"), testing::IsSupersetOf(options_of_help()));
}

TEST(Completions, OfZshHaveEveryKeyWordAndOption) {
  const std::string text = completion("_g2afs");
  EXPECT_EQ(matches(text, "\n    '([a-z_]+)\\[[^'\n]*\\]:"), with_fuse(keys_for_o()));
  Words found;
  for (const auto& key : config_keys()) {
    const auto words = matches(text, fmt::format("'{}\\[[^'\n]*\\(([a-z ]+)\\)'", key.name).c_str());
    for (const auto& list : words) {
      for (const auto& word : matches(list, "([a-z]+)")) found.insert(fmt::format("{}={}", key.name, word));
    }
  }
  EXPECT_EQ(found, choices());
  EXPECT_THAT(matches(text, "['*)](--?[a-z][a-z-]*)"), testing::IsSupersetOf(options_of_help()));
}

TEST(Completions, OfFishHaveEveryKeyWordAndOption) {
  const std::string text = completion("g2afs.fish");
  Words keys = matches(part(text, "printf '%s=\\n'", "printf"), "[ \n]([a-z][a-z_]+)(?= |\n)");
  const Words lists = matches(text, "printf '([a-z_]+)=%s");
  keys.insert(lists.begin(), lists.end());
  EXPECT_EQ(keys, with_fuse(keys_for_o()));
  Words found;
  for (const auto& key : config_keys()) {
    for (const auto& list : matches(text, fmt::format("printf '{}=%s\\\\n' ([a-z][a-z ]+)\n", key.name).c_str())) {
      for (const auto& word : matches(list, "([a-z]+)")) found.insert(fmt::format("{}={}", key.name, word));
    }
  }
  EXPECT_EQ(found, choices());
  Words options;
  for (const auto& name : matches(text, " -l ([a-z-]+)")) options.insert("--" + name);
  for (const auto& letter : matches(text, " -s ([a-z])")) options.insert("-" + letter);
  EXPECT_THAT(options, testing::IsSupersetOf(options_of_help()));
}

}  // namespace
}  // namespace g2afs
