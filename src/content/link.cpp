// SPDX-License-Identifier: MIT
#include "g2afs/content/link.hpp"

#include <algorithm>

namespace g2afs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMiB = 1 << 20;
// Below this, what a request costs in itself begins to show, on any link; beyond, nothing more is gained.
constexpr std::uint64_t kSmallestRequest = 1 * kMiB;
constexpr std::uint64_t kLargestRequest = 4 * kMiB;
// A range's transfer takes twice its latency, and so long in any case: where there is no latency, what a request costs on
// both machines is what shows.
constexpr double kTransferPerLatency = 2;
constexpr double kShortestTransfer = 0.006;  // seconds
// Two steps lead from the first four streams to the 32 connections there are by default.
constexpr std::size_t kStepUp = 4;
// What more streams have to bring to be kept: less is within what a busy machine varies by.
constexpr double kWorthIt = 1.15;
// Where the streams there are could bring so much, it is this machine that limits, and more would only take memory.
constexpr double kFastEnough = 600e6;  // bytes a second
constexpr seconds kFirstPatience{1};
constexpr seconds kLongestPatience{120};
// So many more have to be under way before that is judged: windows grow after a step up, not with it.
constexpr double kInUse = 1.3;
// Anything shorter is measured with the scheduler's noise, or between two bursts of what was asked for at once.
constexpr milliseconds kShortestMeasurement{40};
constexpr double kLatenciesAMeasurement = 1.5;
constexpr milliseconds kPause{10};
// Bodies shorter than that tell more about buffers on the way than about the rate.
constexpr std::uint64_t kTellingBody = 256 * 1024;

// Hedging: so many answers tell what is usual; the slowest hundredth is not.
constexpr std::size_t kTellingAnswers = 50;
constexpr double kUsual = 0.99;
// Never sooner than twice the average: where all answers take alike, one that is a little later is not lost.
constexpr int kOverAverage = 2;
constexpr milliseconds kSoonestHedge{5};
constexpr std::uint64_t kHedgedShare = 50;  // one byte in fifty may come twice

template <class T>
T moving_average(T average, T value) {
  return average == T{} ? value : average + (value - average) / 8;
}

}  // namespace

std::size_t Link::streams() const { return std::min(streams_, most_streams_); }

std::uint64_t Link::request_size() const {
  const double transfer = kTransferPerLatency * std::chrono::duration<double>(latency_).count() + kShortestTransfer;
  return std::clamp(static_cast<std::uint64_t>(transfer * stream_rate_), kSmallestRequest, kLargestRequest);
}

bool Link::as_soon_as_another(std::uint64_t bytes) const {
  const double seconds = std::chrono::duration<double>(latency_).count() + kShortestTransfer;
  return stream_rate_ <= 0 || static_cast<double>(bytes) <= seconds * stream_rate_;
}

double Link::potential() const {
  if (stream_rate_ <= 0) return 0;
  const auto size = static_cast<double>(request_size());
  const double seconds = std::chrono::duration<double>(latency_).count() + size / stream_rate_;
  return static_cast<double>(streams()) * size / seconds;
}

std::optional<Duration> Link::hedge_after(std::uint64_t bytes) const {
  if (answers_ < kTellingAnswers || (hedged_bytes_ + bytes) * kHedgedShare > bytes_) return std::nullopt;
  const std::size_t known = std::min(answers_, latencies_.size());
  std::array<Duration, std::tuple_size_v<decltype(latencies_)>> sorted = latencies_;
  const auto usual = sorted.begin() + static_cast<std::ptrdiff_t>(kUsual * static_cast<double>(known - 1));
  std::nth_element(sorted.begin(), usual, sorted.begin() + static_cast<std::ptrdiff_t>(known));
  return std::max<Duration>({*usual, kOverAverage * latency_, kSoonestHedge});
}

void Link::answered(Duration latency) {
  latency_ = moving_average(latency_, latency);
  latencies_[answers_++ % latencies_.size()] = latency;
}

void Link::transferred(std::uint64_t bytes, Duration took) {
  if (bytes < kTellingBody || took <= Duration::zero()) return;
  stream_rate_ = moving_average(stream_rate_, static_cast<double>(bytes) / std::chrono::duration<double>(took).count());
}

void Link::begin(MonotonicTime now) {
  // Time without transfers is not the link's; but a reader who reads on at once has not paused.
  if (under_way_++ == 0 && now - last_seen_ > std::max<Duration>(latency_, kPause)) measure_from(now);
  last_seen_ = now;
}

void Link::measure_from(MonotonicTime now) {
  measured_from_ = now;
  measured_bytes_ = 0;
  weighted_streams_ = 0;
}

void Link::received(std::uint64_t bytes, MonotonicTime now) {
  if (bytes == 0) return;
  bytes_ += bytes;
  last_seen_ = now;
  if (now < measured_from_) return;
  measured_bytes_ += bytes;
  weighted_streams_ += static_cast<double>(bytes) * under_way_;
  const Duration took = now - measured_from_;
  const auto shortest = std::chrono::duration_cast<Duration>(kLatenciesAMeasurement * latency_);
  if (took < std::max<Duration>(kShortestMeasurement, shortest)) return;
  const auto measured = static_cast<double>(measured_bytes_);
  measured_ = {weighted_streams_ / measured, measured / std::chrono::duration<double>(took).count()};
  measure_from(now);
}

void Link::pressed(MonotonicTime now) {
  if (!measured_) return;
  const Measurement measured = *std::exchange(measured_, std::nullopt);
  if (trial_) {
    if (measured.streams < trial_->before.streams * kInUse) return;
    const Trial trial = *std::exchange(trial_, std::nullopt);
    if (measured.rate < trial.before.rate * kWorthIt) {
      streams_ = trial.streams;
      patience_ = std::clamp<Duration>(2 * patience_, kFirstPatience, kLongestPatience);
      not_before_ = now + patience_;
      return;
    }
    patience_ = {};
  }
  if (streams_ >= most_streams_ || now < not_before_ || potential() >= kFastEnough) return;
  trial_ = Trial{measured, streams_};
  // Several readers may have more under way than was thought useful.
  const auto used = static_cast<std::size_t>(measured.streams);
  streams_ = std::min(std::max(streams_, used) * kStepUp, most_streams_);
  measure_from(now + latency_);  // until then nothing of what is asked for now can come
}

std::shared_ptr<Link> Links::to(const Url& url) {
  const std::string origin = url.origin();
  if (const auto* known = links_.tryGet(origin)) return last_ = *known;
  last_ = std::make_shared<Link>(most_streams_);
  links_.insert(origin, last_);
  return last_;
}

std::shared_ptr<Link> Links::likely() {
  if (!last_) last_ = std::make_shared<Link>(most_streams_);
  return last_;
}

}  // namespace g2afs
