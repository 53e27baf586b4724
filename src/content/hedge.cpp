// SPDX-License-Identifier: MIT
#include "hedge.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "g2afs/net/concurrency.hpp"

namespace g2afs {

/// One of the two requests: passes its answer on if it is the one that is taken.
class Hedge::Attempt final : public BodySink {
 public:
  explicit Attempt(Hedge& hedge) : hedge_(hedge) {}
  ~Attempt() override {
    if (hedge_.begun_ != this) return;
    hedge_.sink_.resume = nullptr;
    hedge_.sink_.crowded = nullptr;
  }

  /// When the request went out.
  std::optional<MonotonicTime> sent;

  void on_sent() override {
    sent = hedge_.clock_.now();
    hedge_.sent_.notify_all();
    hedge_.sink_.on_sent();
  }
  Flow on_head(const ResponseHead& head) override {
    const bool answers = this == hedge_.first_.get() || head.status / 100 == 2;
    if (hedge_.begun_ != nullptr || !answers) return Flow::Stop;
    hedge_.begun_ = this;
    hedge_.loop_.cancel(this == hedge_.first_.get() ? hedge_.second_task_ : hedge_.first_task_);
    hedge_.sink_.resume = [this] {
      if (resume) resume();
    };
    hedge_.sink_.crowded = [this] { return crowded && crowded(); };
    return hedge_.sink_.on_head(head);
  }
  Flow on_data(std::span<const std::byte> data) override { return hedge_.sink_.on_data(data); }

 private:
  Hedge& hedge_;
};

/// How one of them ended.
struct Hedge::Outcome {
  bool counts;
  Result<ResponseHead> answer;
};

Hedge::Hedge(Loop& loop, Transport& transport, Clock& clock, Metrics& metrics, Link& link, BodySink& sink,
             std::function<bool()> waited_for)
    : loop_(loop),
      transport_(transport),
      clock_(clock),
      metrics_(metrics),
      link_(link),
      sink_(sink),
      waited_for_(std::move(waited_for)) {}

Hedge::~Hedge() {
  if (first_) sink_.hurry = nullptr;
}

Task<Result<ResponseHead>> Hedge::perform(HttpRequest request) {
  // Without a range it would be the whole file twice.
  if (!request.range || !link_.hedge_after(request.range->size())) {
    co_return co_await transport_.perform(std::move(request), sink_);
  }
  sink_.stalled = false;
  std::vector<Task<Outcome>> both;
  both.push_back(first(request));
  both.push_back(second(request));
  auto ended = co_await join_until<Outcome>(
      loop_, std::move(both), [](const Outcome& one) { return one.counts; },
      [this](const std::vector<TaskId>& ids) { first_task_ = ids[0], second_task_ = ids[1]; });
  const auto counts =
      std::find_if(ended.begin(), ended.end(), [](const auto& one) { return one.has_value() && one->counts; });
  co_return std::move((*counts)->answer);
}

Task<Hedge::Outcome> Hedge::first(const HttpRequest& request) {
  first_ = std::make_unique<Attempt>(*this);
  sink_.hurry = [this] {
    if (first_->hurry) first_->hurry();
  };
  HttpRequest question = request;
  auto answer = co_await transport_.perform(std::move(question), *first_);
  // If it failed before either answer began, that is the outcome, whatever the second brings from now on.
  if (begun_ == nullptr) begun_ = first_.get();
  co_return outcome(*first_, std::move(answer));
}

Task<Hedge::Outcome> Hedge::second(const HttpRequest& request) {
  const Outcome none{false, fail(Errc::Unavailable, "not asked twice")};
  for (auto delay = link_.hedge_after(request.range->size()); begun_ == nullptr; *delay *= 2) {
    if (!delay) co_return none;
    while (!first_->sent) co_await sent_.wait();
    const Duration silent = clock_.now() - *first_->sent;
    if (silent < *delay) co_await clock_.sleep(*delay - silent);
    if (waited_for_()) break;
  }
  if (begun_ != nullptr || !link_.hedge_after(request.range->size())) co_return none;
  link_.hedged(request.range->size());
  metrics_.retries("hedge").Increment();
  second_ = std::make_unique<Attempt>(*this);
  HttpRequest question = request;
  auto answer = co_await transport_.perform(std::move(question), *second_);
  co_return outcome(*second_, std::move(answer));
}

Hedge::Outcome Hedge::outcome(const Attempt& attempt, Result<ResponseHead> answer) {
  const bool counts = begun_ == &attempt;
  if (counts) sink_.stalled = attempt.stalled;
  return {counts, std::move(answer)};
}

}  // namespace g2afs
