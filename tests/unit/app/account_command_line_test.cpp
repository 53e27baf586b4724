// SPDX-License-Identifier: MIT
#include "g2afs/app/account_command_line.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "g2afs/app/login.hpp"

namespace g2afs {
namespace {

Result<Command> parse(const std::vector<const char*>& words) {
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <class Kind>
Kind command_of(const std::vector<const char*>& words) {
  const auto command = parse(words);
  EXPECT_TRUE(command) << command.error().what;
  return std::get<Kind>(command.value());
}

std::string error_of(const std::vector<const char*>& words) {
  const auto command = parse(words);
  if (command) return "no error";
  EXPECT_EQ(command.error().code, Errc::Invalid);
  return command.error().what;
}

TEST(AccountCommandLine, LogsIn) {
  const auto plain = command_of<LoginCommand>({"g2afs", "login", "acme.json"});
  EXPECT_EQ(plain.config, "acme.json");
  EXPECT_TRUE(plain.browser);
  EXPECT_EQ(plain.port, kLoginPort);
  const auto full = command_of<LoginCommand>(
      {"g2afs", "login", "[a,b]", "--port", "8080", "--no-browser", "-o", "state_dir=/x,timeout=3"});
  EXPECT_EQ(full.config, "[a,b]");
  EXPECT_FALSE(full.browser);
  EXPECT_EQ(full.port, 8080);
  EXPECT_EQ(full.options.config.at("state_dir"), "/x");
}

TEST(AccountCommandLine, MountsAConfigurationOfTheSameNameByItsPath) {
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "./login", "mnt"}).config, "./login");
  EXPECT_EQ(command_of<MountCommand>({"mount.g2afs", "login", "mnt"}).config, "login");
}

TEST(AccountCommandLine, SaysInOneLineWhatIsWrong) {
  const std::string of_login = " (see g2afs login --help)";
  EXPECT_EQ(error_of({"g2afs", "login"}), "login: CONFIG is needed" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", ""}), "login: CONFIG is needed" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", "a", "b"}), "login: b: one argument too many" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", "-f", "a"}), "login: -f: unknown option" + of_login);
  for (const auto* port : {"0", "65536", "-1", "http"}) {
    EXPECT_THAT(error_of({"g2afs", "login", "a", "--port", port}),
                testing::StartsWith(std::string("login: --port ") + port + ": must be"));
  }
  EXPECT_THAT(error_of({"g2afs", "login", "a", "-o", "client_secret=x"}),
              testing::StartsWith("login: -o client_secret"));
  EXPECT_EQ(error_of({"g2afs", "login", "a", "--port"}).substr(0, 6), "login:");
}

TEST(AccountCommandLine, HelpsWithin24LinesOf80Columns) {
  for (const auto* word : {"login"}) {
    const auto help = command_of<HelpCommand>({"g2afs", word, "--help"}).text;
    EXPECT_EQ(help.find(std::string("Usage: g2afs ") + word), 0U);
    EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace g2afs
