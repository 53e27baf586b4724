// SPDX-License-Identifier: MIT
// The command line.
#include "sim/cli_options.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace g2a_sim {
namespace {

std::optional<CliOptions> parse(std::vector<std::string> arguments, int& exit_code) {
  arguments.insert(arguments.begin(), "g2a-sim");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  return parse_command_line(static_cast<int>(argv.size()), argv.data(), exit_code);
}

TEST(CliOptions, ReadsWhatItIsGiven) {
  int exit_code = -1;
  const auto cli = parse({"--count",
                          "5",
                          "--account-key",
                          "18446744073709551615",
                          "--account-key",
                          "3",
                          "--size-max",
                          "4G",
                          "--from",
                          "2020-01-01",
                          "--to",
                          "2020-02-01T00:00:00Z",
                          "--to-time-exclusive",
                          "--quirk",
                          "wrapped-list",
                          "--quirk",
                          "fractional",
                          "--ids-style",
                          "comma",
                          "--bad-entry",
                          "5:size",
                          "--lifetime",
                          "1.5"},
                         exit_code);
  ASSERT_TRUE(cli);
  EXPECT_EQ(cli->sim.account_keys, (std::vector<std::uint64_t>{UINT64_MAX, 3}));
  EXPECT_EQ(cli->sim.size_max, 4ULL << 30U);
  EXPECT_EQ(cli->sim.from_ms, 1'577'836'800'000);
  EXPECT_FALSE(cli->sim.to_time_inclusive);
  EXPECT_EQ(cli->sim.quirks, (std::set<Quirk>{Quirk::kWrappedList, Quirk::kFractional}));
  EXPECT_EQ(cli->sim.ids_style, IdsStyle::kComma);
  EXPECT_EQ(cli->sim.bad_entries.at(5), BadField::kSize);
  EXPECT_EQ(cli->lifetime_seconds, 1.5);
}

TEST(CliOptions, BadValuesEndWith2AndOneLine) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--count", "many"},
                                                                     {"--from", "yesterday"},
                                                                     {"--from", "2020-01-02", "--to", "2020-01-01"},
                                                                     {"--quirk", "none"},
                                                                     {"--ids-style", "both"},
                                                                     {"--size-max", "4Q"},
                                                                     {"--size-min", "10", "--size-max", "5"},
                                                                     {"--archived", "101"},
                                                                     {"--port", "70000"},
                                                                     {"--account-key", "-1"},
                                                                     {"--account-key", "18446744073709551616"},
                                                                     {"--bad-entry", "5:colour"},
                                                                     {"--url-status", "200"},
                                                                     {"--nonsense"}}) {
    testing::internal::CaptureStderr();
    int exit_code = -1;
    EXPECT_FALSE(parse(arguments, exit_code)) << arguments.back();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(exit_code, 2) << arguments.back();
    EXPECT_TRUE(said.starts_with("g2a-sim: ")) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
}

}  // namespace
}  // namespace g2a_sim
