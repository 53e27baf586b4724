// SPDX-License-Identifier: MIT
#include "g2afs/app/wait_command.hpp"

#include <poll.h>
#include <set>

#include <fmt/format.h>

#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/mounted_path.hpp"
#include "g2afs/app/poll_interval.hpp"
#include "g2afs/app/progress_text.hpp"
#include "g2afs/app/recording_attributes.hpp"
#include "g2afs/app/recordings_under.hpp"

namespace g2afs {
namespace {

// A clock of seconds on the terminal.
constexpr std::chrono::milliseconds kRedraw{1'000};

/// The recordings that are waited for, until each has arrived or is lost.
class Pending {
 public:
  explicit Pending(State state, ProgressLine& line) : state_(state), line_(line) {}

  void add(const MountedPath& path) {
    recordings_under(path, {[&](const std::filesystem::path& recording) { left_.insert(path.root / recording); },
                            [&](const Error& failure) { lose(failure.what); }});
    total_ = left_.size();
  }
  void lose(const std::string& what) {
    line_.say("g2afs: " + what);
    lost_ = true;
  }

  /// Looks at each once; whether one has arrived.
  bool look() {
    const std::size_t before = left_.size();
    std::erase_if(left_, [this](const auto& recording) { return settled(recording); });
    return left_.size() < before;
  }

  bool none_left() const { return left_.empty(); }
  bool lost() const { return lost_; }
  std::size_t arrived() const { return total_ - left_.size(); }
  std::size_t total() const { return total_; }

 private:
  bool settled(const std::filesystem::path& recording) {
    const auto state = recording_state(recording);
    if (state) return *state >= state_;
    if (passes(state.error().code)) {
      if (!std::exchange(troubled_, true)) line_.say("g2afs: " + state.error().what + ": waiting all the same");
      return false;
    }
    lose(state.error().what);
    return true;
  }
  /// Who waits for hours waits through a network that is down.
  static bool passes(Errc code) { return code == Errc::Unavailable || code == Errc::Throttled; }

  const State state_;
  ProgressLine& line_;
  std::set<std::filesystem::path> left_;
  std::size_t total_ = 0;
  bool lost_ = false;
  bool troubled_ = false;
};

}  // namespace

void pause_for(std::chrono::milliseconds time) { poll(nullptr, 0, static_cast<int>(time.count())); }

int run_wait(const WaitCommand& command, ProgressLine& line, const PauseFor& pause) {
  std::vector<MountedPath> paths;
  Pending pending(command.state, line);
  for (const auto& path : command.paths) {
    auto mounted = find_in_mount(path);
    if (mounted) {
      paths.push_back(*std::move(mounted));
    } else if (mounted.error().code == Errc::Invalid) {
      line.say("g2afs: " + mounted.error().what);
      return kUsage;
    } else {
      pending.lose(mounted.error().what);
    }
  }
  for (const MountedPath& path : paths) pending.add(path);

  PollInterval interval;
  const auto start = std::chrono::steady_clock::now();
  for (bool arrived = pending.look(); !pending.none_left(); arrived = pending.look()) {
    for (auto rest = interval.next(arrived); rest.count() > 0; rest -= std::min(rest, kRedraw)) {
      const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
      line.show(fmt::format("{} of {} {}, {}", pending.arrived(), pending.total(), to_string(command.state),
                            format_duration(elapsed)));
      pause(std::min(rest, kRedraw));
    }
  }
  line.clear();
  return pending.lost() ? kFailed : kFine;
}

}  // namespace g2afs
