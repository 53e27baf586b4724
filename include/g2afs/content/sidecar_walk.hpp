// SPDX-License-Identifier: MIT
// SidecarWalk: recognises that somebody goes through the sidecars of one day after the other, and says how many days
// ahead of him theirs are worth bringing. Pure policy, time comes from outside; loop thread only.
//
// The next day is the next one that is shown, in either direction. The first step is worth two days, each further one
// twice as many, up to kMostDays: that is what is brought in vain when the walk stops. (Not one: a copier looks a day or
// two ahead of what it copies, and then pauses.) Several walks at a time are told apart.
//
// Where what was brought ahead has answered everything, nobody asks for sidecars any more, and all that is seen of the
// walk is that somebody is in those days; that carries it on for a while, but begins no walk: he may only list names.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class SidecarWalk {
 public:
  /// A day, and those that are shown beside it.
  struct Place {
    Day day;
    std::optional<Day> before, after;
  };
  /// What to bring beyond the day itself.
  struct Ahead {
    int days = 0;
    Towards direction = Towards::Later;
  };

  /// Somebody asks for a sidecar of this day.
  Ahead asked(const Place& place, MonotonicTime now) {
    if (Walk* walk = find(place)) {
      walk->asked = now;
      return step(*walk, place);
    }
    if (walks_.size() == kMostWalks) walks_.erase(walks_.begin());
    walks_.push_back({place.day, std::nullopt, 0, now});
    return {};
  }

  /// Somebody is in this day.
  Ahead visited(const Place& place, MonotonicTime now) {
    Walk* walk = find(place);
    return walk != nullptr && now - walk->asked < kLapse ? step(*walk, place) : Ahead{};
  }

 private:
  // As many as keep the connections busy while a walk is within a day of a few recordings.
  static constexpr int kMostDays = 8;
  static constexpr std::size_t kMostWalks = 4;
  // Bringing what a walk has ahead takes seconds; who comes by later has not come with it.
  static constexpr std::chrono::seconds kLapse{30};

  struct Walk {
    Day at;
    std::optional<Towards> direction;  // once it has taken a step
    int steps;
    MonotonicTime asked;  // for a sidecar, the last time
  };

  /// The walk that is in this day, or comes to it with one step; null: none.
  Walk* find(const Place& place) {
    const auto comes = [&](const Walk& walk, std::optional<Day> from, Towards direction) {
      return walk.at == from && walk.direction.value_or(direction) == direction;
    };
    const auto at = std::find_if(walks_.begin(), walks_.end(), [&](const Walk& walk) {
      return walk.at == place.day || comes(walk, place.before, Towards::Later) ||
             comes(walk, place.after, Towards::Earlier);
    });
    return at == walks_.end() ? nullptr : &*at;
  }

  static Ahead step(Walk& walk, const Place& place) {
    if (walk.at != place.day) {
      walk.direction = walk.at == place.before ? Towards::Later : Towards::Earlier;
      walk.at = place.day;
      ++walk.steps;
    }
    if (walk.steps == 0) return {};
    return {walk.steps < 3 ? 1 << walk.steps : kMostDays, *walk.direction};
  }

  std::vector<Walk> walks_;  // the one that began last comes last
};

inline SidecarWalk::Place place_in(const Tree& tree, Day day) {
  const auto beside = [&](Towards direction) {
    const DayNode* node = shown_beside(tree, day, direction);
    return node == nullptr ? std::nullopt : std::optional(node->day);
  };
  return {day, beside(Towards::Earlier), beside(Towards::Later)};
}

}  // namespace g2afs
