// SPDX-License-Identifier: MIT
#include "g2afs/net/event.hpp"

#include <algorithm>
#include <system_error>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace g2afs {

/// One suspended coroutine. `event` is null once it has been woken, so that it is woken once.
struct Event::Waiter {
  explicit Waiter(Event& owner) : event(&owner) {}
  virtual ~Waiter() = default;
  virtual void wake(std::error_code error) = 0;

  Event* event;
  std::list<std::shared_ptr<Waiter>>::iterator place;
};

Task<> Event::wait() {
  auto initiate = [this](auto handler) {
    struct Suspended final : Waiter {
      Suspended(Event& owner, decltype(handler) resume) : Waiter(owner), resume_(std::move(resume)) {}
      void wake(std::error_code error) override {
        event = nullptr;
        const auto executor = asio::get_associated_executor(resume_);
        asio::post(executor, [resume = std::move(resume_), error]() mutable { std::move(resume)(error); });
      }
      decltype(handler) resume_;
    };
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto waiter = std::make_shared<Suspended>(*this, std::move(handler));
    waiter->place = waiters_.insert(waiters_.end(), waiter);
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr<Waiter>(waiter)](asio::cancellation_type) {
        const auto waiting = weak.lock();
        if (!waiting || waiting->event == nullptr) return;
        waiting->event->waiters_.erase(waiting->place);
        waiting->wake(asio::error::operation_aborted);
      });
    }
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::error_code)>(std::move(initiate),
                                                                                    asio::use_awaitable);
}

void Event::notify_all() {
  // Woken coroutines run later (post), so none can join the list while it is emptied.
  for (auto waiters = std::exchange(waiters_, {}); auto& waiter : waiters) waiter->wake({});
}

}  // namespace g2afs
