// SPDX-License-Identifier: MIT
// MediaGate: which media request goes out next. Loop thread only.
//
// A request is let in once there is a place among `max_connections`, its host has room and is not to be left alone
// (host_limits.hpp): by priority (transport.hpp), in order of arrival within one. One whose host cannot take
// it now is passed over, so that a slow host holds up nobody else's requests. Those in line for a host that has refused or
// failed others twice, with no success between, are refused along: a host that answers nothing but 429 would let a long
// line in one by one, a pause apart, so that nobody's time to give up would ever be near. The log tells when that begins
// and when it is over.
//
// Bulk requests leave a part of the places free, an eighth and at least one: a range that is read ahead is megabytes
// long, and without a reserve a request that somebody waits for would wait for one of them to end. An eighth costs
// little where bandwidth is what limits, and lets a handful of readers in at once. Small ones, which end soon, leave a
// sixteenth, and at least one. While bulk ones are in line as well, each of the two may have half of the bulk places: a
// listing that goes on for hours does not stop a copy. With one place there is no reserve.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "g2afs/base/log.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/host_limits.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

class MediaGate {
 public:
  /// `on_shortage` is called whenever somebody is left in line, perhaps for a place that another holds without use (see
  /// wanted()). It may not enter.
  MediaGate(Loop& loop, Clock& clock, Log& log, std::size_t places, Duration longest_pause,
            std::function<void()> on_shortage);
  MediaGate(const MediaGate&) = delete;
  MediaGate& operator=(const MediaGate&) = delete;

  /// How many of the places bulk requests may take.
  static std::size_t bulk_places(std::size_t places) { return all_but_part(places, 8); }

  /// A place, given back by the destructor. Must not outlive the gate.
  class Permit {
   public:
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&&) = delete;
    ~Permit();
    /// What the server made of the request: once its head is there, or when it failed before.
    void answered(const ResponseHead& head);
    void failed();

   private:
    friend MediaGate;
    Permit(MediaGate& gate, std::string origin, Priority priority);
    void learn(HostLimits::Lesson lesson, Errc code, const char* what);

    MediaGate* gate_;
    std::string origin_;
    Priority priority_;
    HostLimits::Began began_;
    bool answered_ = false;
  };

  /// A request in line, from its making on until it has come.
  class Turn {
   public:
    Turn(MediaGate& gate, std::string origin, Priority priority);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    /// Once; cancellable without a trace. Throttled and Unavailable: refused along.
    Task<Result<Permit>> come();
    /// Somebody waits for it now: behind the interactive ones that are in line.
    void hurry();

   private:
    friend MediaGate;
    Priority priority() const { return place_.first; }

    MediaGate& gate_;
    std::pair<Priority, std::uint64_t> place_;
    const std::string origin_;
    std::optional<Result<Permit>> answer_;
    Event came_;
  };

  /// Whether somebody in line lacks what `mine` holds, and would still lack it when those `leaving` have left.
  bool wanted(const Permit& mine, const std::vector<const Permit*>& leaving) const;

  /// For tests.
  std::size_t waiting() const { return line_.size(); }

 private:
  /// What keeps one in line. ShareOfPlaces: there are places, but not for requests of its priority.
  enum class Lack { Nothing, HostTime, HostRoom, Place, ShareOfPlaces };
  /// Places given back (or taken, where negative) beyond those that are.
  struct Given {
    void add(const std::string& origin, Priority priority, std::ptrdiff_t count);
    std::ptrdiff_t all = 0, small = 0, bulk = 0;
    std::unordered_map<std::string, std::ptrdiff_t> by_host;
  };

  static std::size_t all_but_part(std::size_t places, std::size_t parts) {
    return places < 2 ? places : places - std::max<std::size_t>(places / parts, 1);
  }
  /// Whether those that nobody waits for have what they may have.
  bool share_used_up(Priority priority, const Given& given) const;
  Lack lack(const std::string& origin, Priority priority, MonotonicTime now, const Given& given) const;
  void admit();
  void refuse_along(const std::string& origin, const Error& why);
  void leave(const std::string& origin, Priority priority);
  /// Sees to it that somebody comes back when a host may be asked again.
  void set_alarm();
  Task<> alarm(MonotonicTime at);

  Loop& loop_;
  Clock& clock_;
  Log& log_;
  const std::size_t places_;
  const std::function<void()> on_shortage_;
  HostLimits hosts_;
  std::size_t taken_ = 0, taken_by_small_ = 0, taken_by_bulk_ = 0;
  std::uint64_t arrivals_ = 0;
  std::map<std::pair<Priority, std::uint64_t>, Turn*> line_;  // by priority, then arrival
  std::optional<MonotonicTime> alarm_at_;
  TaskId alarm_{};
};

}  // namespace g2afs
