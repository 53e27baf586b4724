// SPDX-License-Identifier: MIT
// BlockingPool: threads for work that may block, on a disk say, whose result a task awaits. Loop thread only.
//
// What is running when the pool ends may hang, where a server of a network file system is gone: it is waited for a moment
// and then left behind, along with what is in line. So work owns what it uses.
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

  /// Runs it on one of the threads, in order of arrival.
  void post(std::function<void()> work);

  /// The same, and returns what it returned. Cancelled, the caller goes on at once, and the work to its end unheard.
  template <class Work>
  Task<std::invoke_result_t<Work>> run(Work work) {
    using T = std::invoke_result_t<Work>;
    struct Running {
      explicit Running(Work given) : work(std::move(given)) {}
      Work work;
      std::optional<T> result;
      bool landed = false;
      Event done;
    };
    auto running = std::make_shared<Running>(std::move(work));
    post([running, &loop = loop_]() mutable {
      running->result.emplace(running->work());
      // The last reference goes on the loop: its event belongs there.
      loop.post([running = std::move(running)] {
        running->landed = true;
        running->done.notify_all();
      });
    });
    while (!running->landed) co_await running->done.wait();
    co_return std::move(*running->result);
  }

 private:
  class Threads;

  Loop& loop_;
  const AtEnd at_end_;
  std::shared_ptr<Threads> threads_;  // null: none
};

}  // namespace g2afs
