// SPDX-License-Identifier: MIT
#include "g2afs/content/disk.hpp"

#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "disk_world.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

class DiskThreadsTest : public testing::Test, protected DiskWorld {
 protected:
  static constexpr std::size_t kRoom = 64 * kMiB;

  ~DiskThreadsTest() override { finish(); }

  static Task<> ask(Disk& disk, std::optional<bool>& answered) {
    auto nothing = [] { return true; };
    answered = (co_await disk.read(std::move(nothing))).has_value();
  }
  void start_asking(std::optional<bool>& answered) {
    loop.spawn(ask(*services.disk, answered));
    settle();
  }
  /// The thread has got through what it was given before.
  void come_back() {
    while (!services.disk->answers()) {
      clock.advance(2min);
      loop.context().restart();
      loop.context().run_one_for(10s);
    }
  }
};

TEST_F(DiskThreadsTest, ADiskThatHangsIsNotAskedAgainBeforeAllThatItWasAskedHasComeBack) {
  restart(kRoom, 1);
  HungRead hung;
  hung.begin(*this, *services.disk);
  EXPECT_TRUE(services.disk->answers());
  clock.advance(6s);
  settle();
  EXPECT_FALSE(services.disk->answers());
  clock.advance(10min);
  EXPECT_FALSE(services.disk->answers());
  std::optional<bool> answered;
  start_asking(answered);
  EXPECT_EQ(answered, false);  // at once
  hung.let_go();
  come_back();
  answered.reset();
  loop.spawn(ask(*services.disk, answered));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_EQ(answered, true);
}

TEST_F(DiskThreadsTest, WhatWasCancelledStillCounts) {
  restart(kRoom, 1);
  HungRead hung;
  loop.cancel(hung.begin(*this, *services.disk));
  settle();
  clock.advance(6s);
  EXPECT_FALSE(services.disk->answers());
  hung.let_go();
  come_back();
}

TEST_F(DiskThreadsTest, WhoIsInLineWaitsAsLongAsOthersAreAnswered) {
  restart(kRoom, 1);
  HungRead first, second, third;
  first.begin(*this, *services.disk);
  second.line_up(*this, *services.disk);
  third.line_up(*this, *services.disk);
  std::optional<bool> answered;
  start_asking(answered);
  for (auto [busy, next] : {std::pair(&first, &second), std::pair(&second, &third)}) {
    clock.advance(4s);
    settle();
    busy->let_go();
    next->wait();
    settle();  // what was let go of has come back before the next one began
  }
  clock.advance(4s);
  settle();
  EXPECT_FALSE(answered);  // twelve seconds by now
  third.let_go();
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_EQ(answered, true);
}

TEST_F(DiskThreadsTest, FilesAreClosedByTheWriters) {
  const FileKey key = add_video(1, make_bytes(kMiB));
  EXPECT_TRUE(reads_right(key));
  restart(kRoom, 1);
  const auto known = file(key);
  known->allow_disk(Time{std::chrono::hours{1000}}, true);
  struct Find {
    static Task<> run(std::shared_ptr<ContentFile> sought) { co_await sought->find_on_disk(); }
  };
  loop.spawn(Find::run(known));
  EXPECT_TRUE(loop.run_until_idle(10s));
  EXPECT_GT(open_in_cache(), 0);
  std::promise<void> busy, go, done;
  services.disk->write([&, gate = go.get_future().share()] {
    busy.set_value();
    gate.wait();
  });
  busy.get_future().wait();
  known->rest_on_disk();
  EXPECT_EQ(known->bytes_on_disk(), 0u);
  EXPECT_GT(open_in_cache(), 0);  // they are busy
  services.disk->write([&] { done.set_value(); });
  go.set_value();
  done.get_future().wait();
  EXPECT_EQ(open_in_cache(), 0);
}

TEST_F(DiskThreadsTest, ADiskThatHangsAtTheEndIsLeftBehind) {
  restart(kRoom, 1);
  HungRead hung;
  hung.begin(*this, *services.disk);
  EXPECT_FALSE(services.disk->end());
  hung.let_go();
}

TEST_F(DiskThreadsTest, OneThatAnswersIsNot) {
  restart(kRoom, 2);
  services.disk->scan();
  EXPECT_TRUE(services.disk->end());
}

}  // namespace
}  // namespace g2afs::test
