// SPDX-License-Identifier: MIT
// Operations: the table libfuse calls, once a request. It decodes, asks the file system and answers: at once, on the
// worker, where the answer is known; else by a task on the loop (requests.hpp). No worker ever waits.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "g2afs/base/log.hpp"
#include "g2afs/fs/file_system.hpp"
#include "g2afs/fuse/backing_files.hpp"
#include "g2afs/fuse/lowlevel.hpp"
#include "g2afs/fuse/open_directories.hpp"
#include "g2afs/fuse/replies.hpp"
#include "g2afs/fuse/requests.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

/// What libfuse is given as the session's user data.
class Operations {
 public:
  /// `negotiate` is called when the kernel introduces itself (INIT), on a worker.
  using Negotiate = std::function<void(fuse_conn_info&)>;

  Operations(FileSystem& file_system, Loop& loop, Clock& clock, Log& log, Timeouts timeouts, Negotiate negotiate);

  static const fuse_lowlevel_ops& table();
  static Operations& of(fuse_req_t request) { return *static_cast<Operations*>(fuse_req_userdata(request)); }

  /// Names a request in the log.
  struct What {
    const char* operation;
    Ino ino;
  };

  /// Answers with what is known, else with what the task made by `start()` returns; a failure is logged here and
  /// becomes an errno. `send(request, value)` sends a success.
  template <class T, class Start, class Send>
  void answer(fuse_req_t request, What what, std::optional<Result<T>> known, Start start, Send send) {
    if (known) return finish(request, what, std::move(*known), send);
    requests->defer(request, [this, what, start = std::move(start), send = std::move(send)](Reply reply) mutable {
      return carry_out(*this, std::move(reply), what, std::move(start), std::move(send));
    });
  }
  template <class Start, class Send>
  void answer(fuse_req_t request, What what, Start start, Send send) {
    using Known = std::optional<typename decltype(start())::value_type>;
    answer(request, what, Known{}, std::move(start), std::move(send));
  }

  FileSystem& file_system;
  Loop& loop;
  const Timeouts timeouts;
  const Negotiate negotiate;
  const std::shared_ptr<Requests> requests;
  OpenDirectories directories;
  /// Shared with what is posted to the loop, which may come after the session's end.
  const std::shared_ptr<BackingFiles> backing_files;

 private:
  template <class Start, class Send>
  static Task<> carry_out(Operations& self, Reply reply, What what, Start start, Send send) {
    auto result = co_await start();
    // Where there is nothing to take, the session is over and `self` may be gone.
    if (const fuse_req_t request = reply.take()) self.finish(request, what, std::move(result), send);
  }
  template <class T, class Send>
  void finish(fuse_req_t request, What what, Result<T> result, Send& send) {
    if (!result) return fail_request(request, what, result.error());
    if constexpr (std::is_void_v<T>) {
      send(request);
    } else {
      send(request, std::move(*result));
    }
  }
  void fail_request(fuse_req_t request, What what, const Error& error);

  Log& log_;
};

}  // namespace g2afs
