// SPDX-License-Identifier: MIT
#include "g2afs/app/terminal.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "output_file.hpp"
#include "pseudo_terminal.hpp"

namespace g2afs {
namespace {

using Lines = std::vector<std::string>;

const std::string kEnd = "\x1b[K\n", kBelow = "\x1b[J";

TEST(Terminal, TellsItsSize) {
  const test::PseudoTerminal terminal(40, 10);
  EXPECT_EQ(terminal_size(terminal.fd()).columns, 39U);
  EXPECT_EQ(terminal_size(terminal.fd()).rows, 10U);
  const test::OutputFile file;
  EXPECT_EQ(terminal_size(file.fd()).columns, 79U);
  EXPECT_EQ(terminal_size(file.fd()).rows, 24U);
}

TEST(Terminal, WantsColourUnlessSaidOtherwise) {
  const test::PseudoTerminal terminal(80);
  const test::OutputFile file;
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  EXPECT_TRUE(wants_colour(terminal.fd()));
  EXPECT_FALSE(wants_colour(file.fd()));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(wants_colour(terminal.fd())) << "empty is not set";
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(wants_colour(terminal.fd()));
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(wants_colour(terminal.fd()));
}

TEST(TerminalBlock, IsRedrawnInPlace) {
  const test::PseudoTerminal terminal(80);
  TerminalBlock block(terminal.fd());
  block.show({"a", "b"});
  EXPECT_EQ(terminal.written(), "a" + kEnd + "b" + kEnd + kBelow);
  block.show({"c"});
  EXPECT_EQ(terminal.written(), "\x1b[2A\rc" + kEnd + kBelow);
  block.show({"d", "e", "f"});
  EXPECT_EQ(terminal.written(), "\x1b[1A\rd" + kEnd + "e" + kEnd + "f" + kEnd + kBelow);
}

TEST(TerminalBlock, TellsOfLinesThatHaveNoRoom) {
  const test::PseudoTerminal terminal(80, 4);
  TerminalBlock block(terminal.fd());
  block.show({"a", "b", "c"});
  EXPECT_EQ(terminal.written(), "a" + kEnd + "b" + kEnd + "c" + kEnd + kBelow) << "the cursor's line is the fourth";
  block.show({"a", "b", "c", "d", "e"});
  EXPECT_EQ(terminal.written(), "\x1b[3A\ra" + kEnd + "b" + kEnd + "... 3 lines more" + kEnd + kBelow);
  const test::PseudoTerminal narrow(10, 3);
  TerminalBlock cut(narrow.fd());
  cut.show({"a", "b", "c"});
  EXPECT_EQ(narrow.written(), "a" + kEnd + "... 2 lin" + kEnd + kBelow) << "no line is wrapped";
  block.show({"a"});
  EXPECT_EQ(terminal.written(), "\x1b[3A\ra" + kEnd + kBelow) << "there were no more than these";
}

TEST(TerminalBlock, BeginsAnewWhereTheTerminalHasBecomeNarrower) {
  const test::PseudoTerminal terminal(80);
  TerminalBlock block(terminal.fd());
  block.show({"a"});
  terminal.written();
  terminal.resize(40, 24);
  block.show({"b"});
  EXPECT_EQ(terminal.written(), "\x1b[2J\x1b[Hb" + kEnd + kBelow);
}

TEST(TerminalBlock, IsAppendedToAFile) {
  const test::OutputFile file;
  TerminalBlock block(file.fd());
  block.show(Lines(100, "a"));
  block.show({"b"});
  std::string all;
  for (int i = 0; i < 100; ++i) all += "a\n";
  EXPECT_EQ(file.text(), all + "\nb\n\n");
}

}  // namespace
}  // namespace g2afs
