// SPDX-License-Identifier: MIT
// BlockingPool: threads for work that may block, on a disk say, whose result a task awaits. Loop thread only, but what
// says otherwise.
//
// What is running when the pool ends may hang, where a server of a network file system is gone: it is waited for a moment
// and then left behind, along with what is in line. So work owns what it uses, and does not go to the loop by itself. What
// it cannot own (clock, log, metrics) has to outlive it: where end() says that some was left behind, the process ends
// without taking these down.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class BlockingPool {
 public:
  /// What becomes of the work that has not begun when the pool ends.
  enum class AtEnd {
    Drop,
    Finish,  // it is done, unless that takes longer than half a second
  };
  /// No threads: the loop itself does the work, turn by turn, as suits a test.
  BlockingPool(Loop& loop, std::size_t threads, AtEnd at_end);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();

  /// Ends it, once; false: something was left behind.
  bool end();

  /// Runs it on one of the threads, in order of arrival.
  void post(std::function<void()> work) { to_threads_(std::move(work)); }

  /// For any thread, also when the pool, or its loop, has ended: what is posted then is let go of where that is noticed.
  using Post = std::function<void(std::function<void()>)>;
  const Post& to_threads() const { return to_threads_; }
  const Post& to_loop() const { return to_loop_; }

  /// As post(), and returns what it returned. Cancelled, the caller goes on at once, and the work to its end unheard; but
  /// `landed` is called on the loop in any case, once it is over.
  template <class Work>
  Task<std::invoke_result_t<Work>> run(Work work, std::function<void()> landed = {}) {
    using T = std::invoke_result_t<Work>;
    struct Running {
      explicit Running(Work given) : work(std::move(given)) {}
      std::optional<Work> work;
      std::optional<T> result;
      bool over = false;
      Event done;
    };
    auto running = std::make_shared<Running>(std::move(work));
    post([running, landed = std::move(landed), to_loop = to_loop_]() mutable {
      running->result.emplace((*running->work)());
      running->work.reset();  // here: to let go of what it used may block as well
      // The last reference goes on the loop: its event belongs there.
      to_loop([running = std::move(running), landed = std::move(landed)] {
        running->over = true;
        running->done.notify_all();
        if (landed) landed();
      });
    });
    while (!running->over) co_await running->done.wait();
    co_return std::move(*running->result);
  }

 private:
  class Threads;

  const AtEnd at_end_;
  const std::shared_ptr<Threads> threads_;
  const Post to_threads_, to_loop_;
};

}  // namespace g2afs
