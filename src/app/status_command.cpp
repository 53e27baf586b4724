// SPDX-License-Identifier: MIT
#include "g2afs/app/status_command.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/app/child_answer.hpp"
#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/progress_text.hpp"
#include "g2afs/app/standard_streams.hpp"
#include "g2afs/app/status_file.hpp"
#include "g2afs/app/status_text.hpp"
#include "g2afs/app/terminal.hpp"
#include "g2afs/app/text_line.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A daemon answers from memory, in a millisecond; also one that is swapped out, or one of many on a busy machine, in less.
constexpr std::chrono::seconds kLongestSilence{5};
constexpr milliseconds kRedraw{1'000};

/// Asks the mount, one question at a time.
class Looking {
 public:
  explicit Looking(std::filesystem::path mountpoint) : mountpoint_(std::move(mountpoint)) {}

  /// Nothing within so much time: the next call goes on waiting for the same answer.
  std::optional<Result<std::string>> look(milliseconds limit) {
    if (!asking_) asking_ = std::make_unique<ChildAnswer>([this] { return read_status_file(mountpoint_); });
    auto answer = asking_->wait(limit);
    if (answer) asking_.reset();
    return answer;
  }

 private:
  const std::filesystem::path mountpoint_;
  std::unique_ptr<ChildAnswer> asking_;
};

int report_silent(const StatusCommand& command) {
  return report(kFailed, fmt::format("{}: the mount does not answer within {} s: its daemon is stopped, or hangs",
                                     command.mountpoint.native(), kLongestSilence.count()));
}

/// What a look at the mount has come to, and how it is shown.
class View {
 public:
  View(const StatusCommand& command, int out) : command_(command), out_(out), block_(out) {}

  /// False if it makes no sense.
  bool take(const std::string& text) {
    auto parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object()) return false;
    status_ = std::move(parsed);
    rates_.update(status_, Clock::now());
    return true;
  }

  std::vector<std::string> lines() const { return status_text(status_, command_.mountpoint.native(), rates_, style()); }
  /// False if nobody takes it.
  bool draw() { return block_.show(lines()); }
  /// What was last known stays below.
  bool draw_silent(std::chrono::seconds since) {
    TextLine warning(style());
    warning.add(fmt::format("does not answer since {}", format_duration(since)), Paint::Bad);
    auto all = lines();
    all.insert(all.begin(), warning.text());
    return block_.show(all);
  }

 private:
  TextStyle style() const { return {terminal_size(out_).columns, wants_colour(out_)}; }

  const StatusCommand& command_;
  const int out_;
  TerminalBlock block_;
  TransferRates rates_;
  json status_;
};

/// Until the mount has ended, or nobody looks any more.
int watch(const StatusCommand& command, Looking& looking, View& view) {
  bool taken = view.draw();
  for (auto answered = Clock::now(); taken;) {
    const auto begin = Clock::now();
    const auto next = [&] {
      return std::max(std::chrono::ceil<milliseconds>(begin + kRedraw - Clock::now()), milliseconds{0});
    };
    if (begin - answered < kLongestSilence) poll(nullptr, 0, static_cast<int>(next().count()));
    const auto answer = looking.look(kRedraw);
    if (answer && !*answer) {
      const Error& error = answer->error();
      const bool ended = error.code == Errc::Invalid || error.code == Errc::NotFound;
      return report(ended ? kFine : kFailed, ended ? command.mountpoint.native() + ": unmounted" : error.what);
    }
    if (answer && view.take(**answer)) {
      answered = Clock::now();
      taken = view.draw();
    } else if (Clock::now() - answered >= kLongestSilence) {
      taken = view.draw_silent(std::chrono::floor<std::chrono::seconds>(Clock::now() - answered));
    }
  }
  return report_unwritten();
}

}  // namespace

int run_status(const StatusCommand& command, int out) {
  Looking looking(command.mountpoint);
  const auto answer = looking.look(kLongestSilence);
  if (!answer) return report_silent(command);
  if (!*answer) return report(kFailed, answer->error().what);
  View view(command, out);
  if (!view.take(**answer)) {
    return report(kFailed, command.mountpoint.native() + ": what the mount says of itself makes no sense");
  }
  if (command.watch) return watch(command, looking, view);
  std::string text = **answer;
  if (!command.json) text = fmt::format("{}\n", fmt::join(view.lines(), "\n"));
  return write_all(out, text) ? kFine : report_unwritten();
}

}  // namespace g2afs
