// SPDX-License-Identifier: MIT
// FuseWire: the kernel's side of the FUSE protocol (linux/fuse.h, fuse(4)) over a socket pair, so that tests drive a
// Session without a mount. One thread, the test's; a wait has no limit but the test runner's.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <linux/fuse.h>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

struct fuse_custom_io;

namespace g2afs::test {

struct SessionHungUp : std::runtime_error {
  SessionHungUp() : std::runtime_error("the session has hung up") {}
};

class FuseWire {
 public:
  FuseWire();
  ~FuseWire();
  FuseWire(const FuseWire&) = delete;
  FuseWire& operator=(const FuseWire&) = delete;

  /// Whose requests they are: by default, a thread that cannot be looked at.
  pid_t thread = 0;

  /// For Session::attach(), which owns the descriptor from then on.
  int session_end() const { return session_end_; }
  static const fuse_custom_io& io();

  /// A reply; or, with unique 0, a notification, whose code is in `error`.
  struct Answer {
    std::uint64_t unique = 0;
    int error = 0;  // an errno, positive
    std::string body;

    template <class T>
    T as() const {
      T value{};
      std::memcpy(&value, body.data(), std::min(sizeof value, body.size()));
      return value;
    }
  };

  /// Sends a request and returns its number.
  std::uint64_t send(fuse_opcode opcode, std::uint64_t node, std::string body = {});
  Answer wait_for(std::uint64_t request);
  Answer ask(fuse_opcode opcode, std::uint64_t node, std::string body = {}) {
    return wait_for(send(opcode, node, std::move(body)));
  }
  Answer next_notification();
  /// The number the next request will have.
  std::uint64_t next_number() const { return next_; }
  /// Replies that have arrived and nobody has waited for.
  std::size_t unclaimed();
  bool answered(std::uint64_t request) {
    unclaimed();
    return has_answer(request);
  }
  /// The same as far as unclaimed() has looked.
  bool has_answer(std::uint64_t request) const { return replies_.contains(request); }
  /// What an unmount looks like from the other side.
  void hang_up();

  // The requests, each with what the kernel sends along.

  /// `flags`: what this kernel can do.
  fuse_init_out init(std::uint32_t flags = ~static_cast<std::uint32_t>(FUSE_INIT_RESERVED));
  Answer lookup(std::uint64_t parent, std::string_view name);
  Answer getattr(std::uint64_t node) { return ask(FUSE_GETATTR, node, bytes(fuse_getattr_in{})); }
  Answer open(std::uint64_t node, std::uint32_t flags = 0);
  /// As opendir(3) does; without O_DIRECTORY as whoever opens a path without knowing what it is.
  Answer opendir(std::uint64_t node, std::uint32_t flags = O_DIRECTORY) {
    fuse_open_in in{};
    in.flags = flags;
    return ask(FUSE_OPENDIR, node, bytes(in));
  }
  std::uint64_t send_read(std::uint64_t node, std::uint64_t handle, std::uint64_t offset, std::uint32_t size);
  Answer read(std::uint64_t node, std::uint64_t handle, std::uint64_t offset, std::uint32_t size) {
    return wait_for(send_read(node, handle, offset, size));
  }
  Answer getxattr(std::uint64_t node, std::string_view name, std::uint32_t size);
  std::uint64_t send_setxattr(std::uint64_t node, std::string_view name, std::string_view value,
                              std::uint32_t flags = 0);
  /// Returns the number of the INTERRUPT itself, which is answered only if it is to be sent again (EAGAIN).
  std::uint64_t interrupt(std::uint64_t request);

  struct Entry {
    std::string name;
    std::uint64_t ino = 0;
    std::uint64_t next = 0;       // the offset behind it
    std::uint32_t type = 0;       // DT_DIR…
    fuse_entry_out attributes{};  // of readdirplus
  };
  /// One page of a directory; `plus` with attributes. Empty at the end.
  std::vector<Entry> readdir(std::uint64_t node, std::uint64_t handle, std::uint64_t offset, std::uint32_t size,
                             bool plus);

  template <class T>
  static std::string bytes(const T& value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static std::string name(std::string_view text) { return std::string(text) + '\0'; }

 private:
  bool receive(bool wait);

  int kernel_end_ = -1, session_end_ = -1;
  std::uint64_t next_ = 2;  // even, as the kernel's are
  std::map<std::uint64_t, Answer> replies_;
  std::deque<Answer> notifications_;
};

}  // namespace g2afs::test
