// SPDX-License-Identifier: MIT
// SidecarWalk: recognises that somebody goes through the sidecars of one day after the other, and says how many days
// ahead of him theirs are worth bringing. Pure policy, time comes from outside; loop thread only.
//
// The next day is the next one that is shown, in either direction. The first step is worth two days, each further one
// twice as many, up to kMostDays: that is what is brought in vain when the walk stops. (Not one: a copier looks a day or
// two ahead of what it copies, and then pauses.) Several walks at a time are told apart.
//
// Where what was brought ahead has answered everything, nobody asks for sidecars any more, and all that is seen of the
// walk is that somebody is in those days. That carries on a walk that has taken a step, for a while; it may be somebody
// who only lists names.
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
    bool stepped = false;  // the walk has just come to this day
    bool in_vain = false;  // what it asked for was not here, and not for the first time in this day
  };
  /// Whether what is asked for is here already.
  enum class Found { Here, Missing };

  /// Somebody asks for a sidecar of this day.
  Ahead asked(const Place& place, Found found, MonotonicTime now) {
    Walk* walk = find(place);
    if (walk == nullptr) {
      if (walks_.size() == kMostWalks) walks_.erase(walks_.begin());
      walks_.push_back({place.day});
    } else {
      std::rotate(walks_.begin() + (walk - walks_.data()), walks_.begin() + (walk - walks_.data()) + 1, walks_.end());
    }
    walk = &walks_.back();
    walk->asked = now;
    Ahead ahead = step(*walk, place);
    if (found == Found::Missing) ahead.in_vain = walk->missed++ > 0;
    return ahead;
  }

  /// Somebody is in this day; nothing, unless that is a walk's next step.
  Ahead visited(const Place& place, MonotonicTime now) {
    Walk* walk = find(place);
    if (walk == nullptr || walk->at == place.day || walk->steps == 0 || now - walk->asked >= kLapse) return {};
    return step(*walk, place);
  }

 private:
  // As many as keep the connections busy while a walk is within a day of a few recordings.
  static constexpr int kMostDays = 8;
  // Those of as many processes as anybody lets loose on one mount.
  static constexpr std::size_t kMostWalks = 8;
  // Bringing what a walk has ahead takes seconds; who comes by later has not come with it.
  static constexpr std::chrono::seconds kLapse{30};

  struct Walk {
    Day at;
    std::optional<Towards> direction = std::nullopt;  // once it has taken a step
    int steps = 0;
    int missed = 0;            // in this day
    MonotonicTime asked = {};  // for a sidecar, the last time
  };

  /// The walk that is in this day, else one that comes to it with one step; null: none.
  Walk* find(const Place& place) {
    const auto comes = [&](const Walk& walk, std::optional<Day> from, Towards direction) {
      return walk.at == from && walk.direction.value_or(direction) == direction;
    };
    auto at = std::find_if(walks_.begin(), walks_.end(), [&](const Walk& walk) { return walk.at == place.day; });
    if (at == walks_.end()) {
      at = std::find_if(walks_.begin(), walks_.end(), [&](const Walk& walk) {
        return comes(walk, place.before, Towards::Later) || comes(walk, place.after, Towards::Earlier);
      });
    }
    return at == walks_.end() ? nullptr : &*at;
  }

  static Ahead step(Walk& walk, const Place& place) {
    Ahead ahead;
    ahead.stepped = walk.at != place.day;
    if (ahead.stepped) {
      walk.direction = walk.at == place.before ? Towards::Later : Towards::Earlier;
      walk.at = place.day;
      walk.missed = 0;
      ++walk.steps;
    }
    if (walk.steps == 0) return ahead;
    ahead.days = walk.steps < 3 ? 1 << walk.steps : kMostDays;
    ahead.direction = *walk.direction;
    return ahead;
  }

  std::vector<Walk> walks_;  // the one that asked last comes last
};

/// A day of a tree.
inline SidecarWalk::Place place_in(const Tree& tree, Day day) {
  const auto beside = [&](Towards direction) {
    const DayNode* node = shown_beside(tree, day, direction);
    return node == nullptr ? std::nullopt : std::optional(node->day);
  };
  return {day, beside(Towards::Earlier), beside(Towards::Later)};
}

}  // namespace g2afs
