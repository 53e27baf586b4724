// SPDX-License-Identifier: MIT
#include "g2afs/net/loop.hpp"

#include <exception>
#include <system_error>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>

namespace g2afs {

Loop::Loop() = default;
Loop::~Loop() = default;

TaskId Loop::spawn(Task<> task) {
  const TaskId id{next_id_++};
  running_.emplace(id.value, std::make_unique<asio::cancellation_signal>());
  // Posted, because co_spawn would run the task at once, from within whatever calls spawn().
  post([this, id, task = std::move(task)]() mutable { start(id, std::move(task)); });
  if (closing_) cancel(id);
  return id;
}

void Loop::start(TaskId id, Task<> task) {
  asio::co_spawn(context_, std::move(task),
                 asio::bind_cancellation_slot(running_.at(id.value)->slot(), [this, id](std::exception_ptr thrown) {
                   // Later, not here: the ending coroutine still looks at its cancellation state, which lives in the
                   // signal.
                   post([this, id] { running_.erase(id.value); });
                   if (!thrown) return;
                   try {
                     std::rethrow_exception(thrown);
                   } catch (const std::system_error& error) {
                     if (error.code() != asio::error::operation_aborted) throw;
                   }
                 }));
}

void Loop::cancel(TaskId id) {
  // Posted: a task must not unwind another one from under a caller that still holds references into it.
  post([this, id] {
    if (const auto found = running_.find(id.value); found != running_.end()) {
      found->second->emit(asio::cancellation_type::terminal);
    }
  });
}

void Loop::cancel_all() {
  closing_ = true;
  for (const auto& entry : running_) cancel(TaskId{entry.first});
}

void Loop::run() {
  const auto work = asio::make_work_guard(context_);
  context_.restart();  // it may have run out of work in run_until_idle()
  context_.run();
}

void Loop::stop() { context_.stop(); }

bool Loop::run_until_idle(Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  context_.restart();
  while (!running_.empty() && std::chrono::steady_clock::now() < deadline) {
    if (context_.run_one_until(deadline) == 0 && context_.stopped()) context_.restart();
  }
  return running_.empty();
}

}  // namespace g2afs
