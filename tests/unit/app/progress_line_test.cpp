// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_line.hpp"

#include <string>

#include <gtest/gtest.h>

#include "output_file.hpp"
#include "pseudo_terminal.hpp"

namespace g2afs {
namespace {

const std::string kErase = "\r\x1b[K";

TEST(ProgressLine, IsRewrittenInPlace) {
  const test::PseudoTerminal terminal(80);
  ProgressLine line(terminal.fd());
  EXPECT_TRUE(line.on_terminal());
  line.show("1 of 3");
  EXPECT_EQ(terminal.written(), kErase + "1 of 3");
  line.show("2 of 3");
  EXPECT_EQ(terminal.written(), kErase + "2 of 3");
  line.show("2 of 3");
  EXPECT_EQ(terminal.written(), "") << "nothing changed";
  line.clear();
  EXPECT_EQ(terminal.written(), kErase);
}

TEST(ProgressLine, StaysBelowTheOtherLines) {
  const test::PseudoTerminal terminal(80);
  ProgressLine line(terminal.fd());
  line.say("first");
  EXPECT_EQ(terminal.written(), kErase + "first\n");
  line.show("1 of 3");
  terminal.written();
  line.say("second");
  EXPECT_EQ(terminal.written(), kErase + "second\n1 of 3");
}

TEST(ProgressLine, EndsBeforeTheLastColumn) {
  const test::PseudoTerminal terminal(10);
  ProgressLine line(terminal.fd());
  line.show("0123456789abc");
  EXPECT_EQ(terminal.written(), kErase + "012345678");
  line.say("0123456789abc");
  EXPECT_EQ(terminal.written(), kErase + "0123456789abc\n012345678") << "lines that stay are whole";
}

TEST(ProgressLine, GoesAtTheEnd) {
  const test::PseudoTerminal terminal(80);
  ProgressLine(terminal.fd()).show("1 of 3");
  EXPECT_EQ(terminal.written(), kErase + "1 of 3" + kErase);
}

TEST(ProgressLine, IsNotWrittenToAFile) {
  const test::OutputFile file;
  {
    ProgressLine line(file.fd());
    EXPECT_FALSE(line.on_terminal());
    line.show("1 of 3");
    line.say("what failed");
    line.clear();
  }
  EXPECT_EQ(file.text(), "what failed\n");
}

}  // namespace
}  // namespace g2afs
