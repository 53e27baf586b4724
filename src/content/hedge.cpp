// SPDX-License-Identifier: MIT
#include "hedge.hpp"

#include <utility>
#include <vector>

#include "g2afs/net/concurrency.hpp"

namespace g2afs {

/// One of the two requests: passes its answer on if it is the one that is taken.
class Hedge::Attempt final : public BodySink {
 public:
  explicit Attempt(Hedge& hedge) : hedge_(hedge) {}
  ~Attempt() override {
    if (hedge_.begun_ == this) hedge_.sink_.resume = nullptr;
  }

  Flow on_head(const ResponseHead& head) override {
    const bool answers = this == hedge_.first_.get() || head.status / 100 == 2;
    if (hedge_.begun_ != nullptr || !answers) return Flow::Stop;
    hedge_.begun_ = this;
    hedge_.sink_.resume = [this] {
      if (resume) resume();
    };
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

Hedge::~Hedge() = default;

Task<Result<ResponseHead>> Hedge::perform(HttpRequest request) {
  // Without a range it would be the whole file twice.
  if (!request.range || !link_.hedge_after()) co_return co_await transport_.perform(std::move(request), sink_);
  sink_.stalled = false;
  std::vector<Task<Outcome>> both;
  both.push_back(first(request));
  both.push_back(second(request));
  auto ended = co_await join_until<Outcome>(loop_, std::move(both), [](const Outcome& one) { return one.counts; });
  co_return std::move(ended[begun_ != nullptr && begun_ == second_.get() ? 1 : 0]->answer);
}

Task<Hedge::Outcome> Hedge::first(const HttpRequest& request) {
  first_ = std::make_unique<Attempt>(*this);
  HttpRequest question = request;
  auto answer = co_await transport_.perform(std::move(question), *first_);
  sink_.stalled = first_->stalled;
  co_return Outcome{begun_ == nullptr || begun_ == first_.get(), std::move(answer)};
}

Task<Hedge::Outcome> Hedge::second(const HttpRequest& request) {
  const Outcome none{false, fail(Errc::Unavailable, "not asked twice")};
  auto delay = link_.hedge_after();
  while (delay) {
    co_await clock_.sleep(*delay);
    if (begun_ != nullptr) co_return none;
    if (waited_for_() && first_->sent) break;
    *delay *= 2;
  }
  if (!delay || !link_.hedge_after()) co_return none;
  link_.hedged(request.range->size());
  metrics_.retries("hedge").Increment();
  second_ = std::make_unique<Attempt>(*this);
  HttpRequest question = request;
  auto answer = co_await transport_.perform(std::move(question), *second_);
  co_return Outcome{begun_ == second_.get(), std::move(answer)};
}

}  // namespace g2afs
