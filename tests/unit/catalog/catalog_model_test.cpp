// SPDX-License-Identifier: MIT
// A random account in which random things happen while it is listed, and remounted, against the plain list that knows the
// truth.
//
// What has to hold after every step, whatever failed in it:
// - what is in the account and did not change during the step is not lost from the tree;
// - a listing that was made in the step shows all of that, as it is;
// - a listing that fails is an error, and while every call fails the tree stays as it was.
// In the end, once everything was listed again, the tree is the account; but for those that may still be
// being transcoded, for a day.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog_world.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

const DaySpan kDays{day(2016, 9, 20), day(2016, 12, 2)};

class Model {
 public:
  Model(CatalogWorld& world, std::uint32_t seed, int count) : world_(world), random_(world, seed) {
    random_.fill(kDays, count);
    world_.api.for_each([&](const FakeRecording& one) { ids_.push_back(one.id); });
    for (const RecordingId id : ids_) world_.api.find(id)->available = true;
    world_.api.fault = [this](FakeArchiveApi::Call) {
      return random_.chance(failures_) ? std::optional(Errc::Unavailable) : std::nullopt;
    };
    world_.api.answered = [this](FakeArchiveApi::Call) {
      if (random_.chance(unrest_)) happen();
    };
  }

  void step() {
    changed_.clear();
    failures_ = random_.chance(20) ? 100 : random_.chance(30) ? 20 : 0;
    unrest_ = random_.chance(50) ? 15 : 0;
    world_.clock.advance(pick<Duration>({1s, 30s, 61s, 61s, 10min, 5h, 25h}));
    for (auto events = random_.number(0, 5); events > 0; --events) happen();
    const auto before = world_.tree_recordings();
    if (random_.chance(10)) {
      world_.remount();
      RC_ASSERT(world_.tree_recordings() == before);
    }
    changed_.clear();
    asked_ = world_.clock.now();
    for (auto users = random_.number(1, 4); users > 0; --users) world_.loop.spawn(act(*this));
    RC_ASSERT(world_.clock.run(world_.loop));
    const auto after = world_.tree_recordings();
    if (failures_ == 100) {
      RC_ASSERT(after == before);
    }
    for (const Shown& one : before) {
      if (in_account_unchanged(one.id)) {
        RC_ASSERT(contains(after, one.id));
      }
    }
  }

  void settle() {
    failures_ = unrest_ = 0;
    for (const RecordingId id : ids_) {
      if (FakeRecording* one = world_.api.find(id)) one->available = true;
    }
    for (int i = 0; i < 3; ++i) {
      world_.clock.advance(61s);
      RC_ASSERT(world_.find());
    }
    const auto truth = world_.truth(DaySpan::all());
    for (const Shown& one : world_.tree_recordings()) {
      RC_ASSERT(truth.count(one) != 0 || (one.state == State::Transcoding && !contains(truth, one.id)));
    }
    RC_ASSERT(contains_all(world_.tree_recordings(), truth));
    world_.clock.advance(25h);
    RC_ASSERT(world_.find());
    RC_ASSERT(world_.tree_recordings() == truth);
    RC_ASSERT(world_.catalog.known_recordings() == truth.size());
    for (const DateDir& year : world_.shown_children({})) {
      RC_ASSERT(world_.any(year.span()));
      for (const DateDir& month : world_.shown_children(year)) {
        RC_ASSERT(world_.any(month.span()));
        for (const DateDir& date : world_.shown_children(month)) RC_ASSERT(world_.any(date.span()));
      }
    }
  }

 private:
  template <class T>
  T pick(std::vector<T> from) {
    return from[static_cast<std::size_t>(random_.number(0, std::ssize(from) - 1))];
  }
  static bool contains(const std::set<Shown>& all, std::uint64_t id) {
    return std::any_of(all.begin(), all.end(), [&](const Shown& one) { return one.id == id; });
  }
  static bool contains_all(const std::set<Shown>& all, const std::set<Shown>& part) {
    return std::includes(all.begin(), all.end(), part.begin(), part.end());
  }
  bool in_account_unchanged(std::uint64_t id) const {
    const FakeRecording* one = world_.api.find({id});
    return one != nullptr && World::listed(*one) && world_.visible(*one, DaySpan::all()) && changed_.count({id}) == 0;
  }

  /// Something happens in the account.
  void happen() {
    if (random_.chance(25) || ids_.empty()) {
      FakeRecording one;
      one.id = {static_cast<std::uint64_t>(random_.number(1, 1'000'000'000)) << random_.number(0, 34)};
      one.start = random_.chance(50) ? world_.clock.wall_now() : random_.time(kDays);
      one.state = random_.chance(70) ? State::Untranscoded : State::Ready;
      if (world_.api.find(one.id) != nullptr) return;
      world_.api.add(one);
      ids_.push_back(one.id);
      changed_.insert(one.id);
      return;
    }
    const RecordingId id = pick(ids_);
    FakeRecording* one = world_.api.find(id);
    if (one == nullptr) return;
    changed_.insert(id);
    switch (random_.number(0, 5)) {
      case 0:
      case 1: one->state = one->state == State::Untranscoded ? State::Transcoding : State::Ready; break;
      case 2: one->archived = true; break;
      case 3: one->available = !one->available; break;
      case 4:
        if (one->state == State::Ready) one->state = State::Transcoding;  // again
        break;
      default: world_.api.remove(id);
    }
  }

  DateDir any_dir() {
    const DateDir date = DateDir::of(world_.zone().day_of(random_.time(kDays)));
    return pick<DateDir>({date, date, date.parent(), date.parent().parent(), DateDir::root()});
  }

  /// A user does something.
  static Task<> act(Model& self) {
    const DateDir dir = self.any_dir();
    const bool known = knowledge(*self.world_.catalog.tree(), dir).listed != nullptr;
    const auto what = self.random_.number(0, 9);
    Result<void> done;
    if (what == 0) {
      done = co_await self.world_.catalog.refresh(dir);
    } else if (what <= 2) {
      done = co_await self.world_.catalog.locate(dir);
    } else {
      done = co_await self.world_.catalog.list(dir);
    }
    if (!done) {
      RC_ASSERT(self.failures_ > 0);
      RC_ASSERT(done.error().code == Errc::Unavailable);
      RC_ASSERT(what == 0 || what <= 2 || !known);
      co_return;
    }
    if (what > 2 || what == 0) self.check(dir);
  }

  /// What was asked for in this step is shown as it is.
  void check(const DateDir& dir) {
    const Listed listed = knowledge(*world_.catalog.tree(), dir).listed;
    RC_ASSERT(static_cast<bool>(listed));
    if (listed->at < asked_) return;  // it was known before: refreshed behind our back
    const auto truth = world_.truth(dir.span());
    const auto children = dir.is_day() ? std::vector<DateDir>{} : world_.shown_children(dir);
    const auto recordings = dir.is_day() ? world_.day_recordings(dir.span().begin) : std::set<Shown>{};
    for (const Shown& one : truth) {
      if (changed_.count({one.id}) != 0) continue;
      if (dir.is_day()) {
        RC_ASSERT(recordings.count(one) != 0);
      } else {
        RC_ASSERT(std::any_of(children.begin(), children.end(),
                              [&](const DateDir& child) { return child.span().contains(one.day); }));
      }
    }
  }

  CatalogWorld& world_;
  AccountMaker random_;
  std::vector<RecordingId> ids_;
  std::set<RecordingId> changed_;  // in this step
  MonotonicTime asked_;
  int failures_ = 0, unrest_ = 0;  // percent of the calls
};

RC_GTEST_PROP(CatalogModel, ShowsTheTruth, ()) {
  const auto zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
                                                   "America/St_Johns");
  Filters filters;
  filters.archived = *rc::gen::element(Filters::Archived::All, Filters::Archived::All, Filters::Archived::Exclude,
                                       Filters::Archived::Only);
  CatalogWorld world(zone, filters);
  world.api.to_inclusive = *rc::gen::arbitrary<bool>();
  if (*rc::gen::inRange(0, 4) != 0) world.api.delay(world.clock, 200ms);
  Model model(world, *rc::gen::arbitrary<std::uint32_t>(), *rc::gen::element(0, 5, 60, 300, 490, 700, 1300));
  const int steps = *rc::gen::inRange(0, 25);
  for (int i = 0; i < steps; ++i) model.step();
  model.settle();
}

}  // namespace
}  // namespace g2afs::test
