// SPDX-License-Identifier: MIT
// What a command line is parsed to, or what is wrong with it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "g2afs/app/command_line.hpp"

namespace g2afs::test {

inline Result<Command> parse(const std::vector<const char*>& words) {
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <class Kind>
Kind command_of(const std::vector<const char*>& words) {
  const auto command = parse(words);
  EXPECT_TRUE(command) << command.error().what;
  return std::get<Kind>(command.value());
}

inline std::string error_of(const std::vector<const char*>& words) {
  const auto command = parse(words);
  if (command) return "no error";
  EXPECT_EQ(command.error().code, Errc::Invalid);
  EXPECT_THAT(command.error().what, testing::Not(testing::HasSubstr("\n")));
  return command.error().what;
}

}  // namespace g2afs::test
