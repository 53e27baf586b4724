// SPDX-License-Identifier: MIT
#include "g2afs/app/account_command_line.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/command_line_fixture.hpp"

#include "g2afs/app/login.hpp"

namespace g2afs {
namespace {

using test::command_of;
using test::error_of;
using test::parse;

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

TEST(AccountCommandLine, Checks) {
  const auto plain = command_of<CheckCommand>({"g2afs", "check", "-"});
  EXPECT_EQ(plain.config, "-");
  EXPECT_FALSE(plain.json);
  const auto full = command_of<CheckCommand>({"g2afs", "check", "--json", "-o", "allow_other,timeout=3", "--", "-f"});
  EXPECT_EQ(full.config, "-f");
  EXPECT_TRUE(full.json);
  EXPECT_EQ(full.options.config.at("timeout"), "3");
  EXPECT_THAT(full.options.fuse, testing::ElementsAre("allow_other"));
}

TEST(AccountCommandLine, MountsAConfigurationOfTheSameNameByItsPath) {
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "./login", "mnt"}).config, "./login");
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "-f", "check", "mnt"}).config, "check");
  EXPECT_EQ(command_of<MountCommand>({"mount.g2afs", "login", "mnt"}).config, "login");
}

TEST(AccountCommandLine, SaysInOneLineWhatIsWrong) {
  const std::string of_login = " (see g2afs login --help)";
  EXPECT_EQ(error_of({"g2afs", "login"}), "login: CONFIG is needed" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", ""}), "login: CONFIG is empty" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", "a", "b"}), "login: b: one argument too many" + of_login);
  EXPECT_EQ(error_of({"g2afs", "login", "-f", "a"}), "login: -f: unknown option" + of_login);
  for (const auto* port : {"0", "65536", "-1", "http"}) {
    EXPECT_THAT(error_of({"g2afs", "login", "a", "--port", port}),
                testing::StartsWith(std::string("login: --port ") + port + ": must be"));
  }
  EXPECT_THAT(error_of({"g2afs", "login", "a", "-o", "client_secret=x"}),
              testing::StartsWith("login: -o client_secret"));
  EXPECT_EQ(error_of({"g2afs", "login", "a", "--port"}).substr(0, 6), "login:");
  EXPECT_EQ(error_of({"g2afs", "check", "--jsonl", "a"}), "check: --jsonl: unknown option (see g2afs check --help)");
  EXPECT_EQ(error_of({"g2afs", "check"}), "check: CONFIG is needed (see g2afs check --help)");
}

TEST(AccountCommandLine, TakesOneOfTheCachesCommands) {
  using What = CacheCommand::What;
  const auto cache_of = [](const std::vector<const char*>& words) { return command_of<CacheCommand>(words); };
  EXPECT_EQ(cache_of({"g2afs", "cache", "--list", "acme.json"}).what, What::List);
  EXPECT_EQ(cache_of({"g2afs", "cache", "acme.json", "--list"}).config, "acme.json");
  EXPECT_EQ(cache_of({"g2afs", "cache", "--verify", "-"}).what, What::Verify);
  EXPECT_EQ(cache_of({"g2afs", "cache", "--clear", "[a,b].json"}).config, "[a,b].json");
  EXPECT_EQ(cache_of({"g2afs", "cache", "--clear", "acme.json"}).what, What::Clear);
  const auto prune = cache_of({"g2afs", "cache", "--prune", "5G", "-o", "cache_dir=/c", "acme.json"});
  EXPECT_EQ(prune.what, What::Prune);
  EXPECT_EQ(prune.size, std::uint64_t{5} << 30);
  EXPECT_EQ(prune.config, "acme.json");
  EXPECT_THAT(prune.options.config, testing::ElementsAre(testing::Pair("cache_dir", "/c")));
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "./cache", "/mnt"}).config, "./cache");
}

TEST(AccountCommandLine, SaysWhatTheCachesCommandsLack) {
  const std::string of_cache = " (see g2afs cache --help)";
  const std::string one = "cache: one of --list, --prune SIZE, --verify and --clear is needed" + of_cache;
  EXPECT_EQ(error_of({"g2afs", "cache", "acme.json"}), one);
  EXPECT_EQ(error_of({"g2afs", "cache", "--list", "--clear", "acme.json"}), one);
  EXPECT_EQ(error_of({"g2afs", "cache", "--list"}), "cache: CONFIG is needed" + of_cache);
  EXPECT_EQ(error_of({"g2afs", "cache", "--list", "a", "b"}), "cache: b: one argument too many" + of_cache);
  EXPECT_EQ(error_of({"g2afs", "cache", "--prune", "much", "a"}),
            "cache: --prune much: must be a number of bytes, or one with K, M, G or T" + of_cache);
  EXPECT_THAT(error_of({"g2afs", "cache", "a", "--prune"}), testing::HasSubstr("--prune"));
}

TEST(AccountCommandLine, HelpsWithin24LinesOf80Columns) {
  for (const auto* word : {"login", "check", "cache"}) {
    const auto help = command_of<HelpCommand>({"g2afs", word, "--help"}).text;
    EXPECT_EQ(help.find(std::string("Usage: g2afs ") + word), 0U);
    EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace g2afs
