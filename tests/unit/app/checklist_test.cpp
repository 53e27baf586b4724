// SPDX-License-Identifier: MIT
#include "g2afs/app/checklist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace g2afs {
namespace {

using Kind = Finding::Result;
using testing::ElementsAre;

constexpr TextStyle kPlain{79, false}, kColour{79, true};

Finding broken(Errc code = Errc::Unavailable) { return failed({code, "it is broken"}, "mend it"); }

std::vector<std::string> told(const Checklist& list) {
  std::vector<std::string> lines;
  for (const auto& step : list.steps()) {
    const auto& finding = step.finding;
    const char sign = finding.result == Kind::Ok ? '+' : finding.result == Kind::Failed ? '-' : '/';
    lines.push_back(sign + step.name + ": " + finding.why);
  }
  return lines;
}

TEST(Checklist, GoesOnWhereNothingFailed) {
  Checklist list;
  list.add("a", found("fine"));
  list.add("b", skipped("not needed"));
  EXPECT_TRUE(list.may("c", {}));
  EXPECT_TRUE(list.may("c", {"a", "b"})) << "who had nothing to do is not in the way";
  EXPECT_EQ(list.steps().size(), 2U);
  EXPECT_EQ(list.exit_status(), kFine);
  EXPECT_EQ(list.failures(), "");
}

TEST(Checklist, SkipsWhatDependsOnAFailureAndNamesItsCause) {
  Checklist list;
  list.add("a", broken());
  EXPECT_FALSE(list.may("b", {"a"}));
  EXPECT_TRUE(list.may("c", {}));
  list.add("c", broken());
  EXPECT_FALSE(list.may("d", {"b"}));
  EXPECT_FALSE(list.may("e", {"d", "c"}));
  EXPECT_THAT(told(list),
              ElementsAre("-a: it is broken", "/b: a failed", "-c: it is broken", "/d: a failed", "/e: a failed"));
  EXPECT_EQ(list.failures(), "a, c");
}

TEST(Checklist, ExitsWithTheStatusOfTheWorst) {
  Checklist list;
  EXPECT_EQ(list.exit_status(), kFine);
  list.add("a", broken(Errc::Unavailable));
  EXPECT_EQ(list.exit_status(), kFailed);
  list.add("b", broken(Errc::Denied));
  EXPECT_EQ(list.exit_status(), kRefused);
  list.add("c", broken(Errc::Invalid));
  EXPECT_EQ(list.exit_status(), kUsage);
  list.add("d", broken(Errc::Throttled));
  list.add("e", broken(Errc::Denied));
  EXPECT_EQ(list.exit_status(), kUsage);
}

TEST(Checklist, TellsEachStepAsItIsOver) {
  std::string names;
  Checklist list([&](const Checklist::Step& step) { names += step.name; });
  list.add("a", broken());
  EXPECT_EQ(names, "a");
  list.may("b", {"a"});
  EXPECT_EQ(names, "ab");
}

TEST(Checklist, IsShownALineAStep) {
  EXPECT_EQ(step_text({"dns", found("it is known"), ""}, kPlain), "ok      dns          it is known\n");
  EXPECT_EQ(step_text({"dns", broken(), ""}, kPlain),
            "failed  dns          it is broken\n                     do: mend it\n");
  EXPECT_EQ(step_text({"permissions", skipped("a\nb\x1b[0m\tc"), ""}, kPlain), "skipped permissions  a?b?[0m?c\n")
      << "nothing for a terminal to obey";
}

TEST(Checklist, GoesOnBelowItselfWhereALineEnds) {
  const auto failure =
      failed({Errc::Unavailable, "the name cannot be resolved"}, "look at the network and /etc/resolv.conf");
  EXPECT_EQ(step_text({"dns", failure, ""}, {44, false}),
            "failed  dns          the name cannot be\n"
            "                     resolved\n"
            "                     do: look at the network\n"
            "                         and\n"
            "                         /etc/resolv.conf\n");
  EXPECT_EQ(step_text({"dns", found("it is"), ""}, {10, true}),
            "\x1b[32mok\x1b[0m      dns          it\n                     is\n")
      << "narrower than what comes before it";
}

TEST(Checklist, IsShownInColour) {
  EXPECT_EQ(step_text({"dns", found("fine"), ""}, kColour), "\x1b[32mok\x1b[0m      dns          fine\n");
  EXPECT_EQ(step_text({"dns", skipped("x"), ""}, kColour), "\x1b[33mskipped\x1b[0m dns          x\n");
}

TEST(Checklist, IsAnArrayInJson) {
  Checklist list;
  list.add("a", failed({Errc::Unavailable, "\"it\" \xff"}, "mend it"));
  list.may("b", {"a"});
  list.add("c", found("fine"));
  const auto json = nlohmann::json::parse(steps_json(list.steps()));
  EXPECT_EQ(json, nlohmann::json::parse(R"([
    {"step": "a", "result": "failed", "why": "\"it\" \ufffd", "do": "mend it"},
    {"step": "b", "result": "skipped", "why": "a failed", "do": null},
    {"step": "c", "result": "ok", "why": "fine", "do": null}])"));
  EXPECT_EQ(steps_json({}), "[]\n");
}

}  // namespace
}  // namespace g2afs
