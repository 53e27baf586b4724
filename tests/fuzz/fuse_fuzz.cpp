// SPDX-License-Identifier: MIT
// FUSE requests: whatever a process, and a network that fails or hangs, can bring the kernel to ask: each request is
// answered once, at the latest when the session ends, within the size that was asked for; what a file holds is what was
// read of it. The requests are well-formed, since libfuse trusts the kernel, but for what is in their fields.
//
// The input is a sequence of requests and of events in the account, on the server and of the clock.
#include <deque>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <vector>

#include "fuse_world.hpp"
#include "property.hpp"

using namespace g2afs;
using namespace g2afs::test;
using Server = FuseWorld::Server;

namespace {

constexpr int kMostSteps = 48;
constexpr int kMostErrno = 133;
/// The kernel asks for no more than was negotiated; and a reply has to fit the socket.
constexpr std::uint32_t kLargestPage = 128 << 10;

struct Asked {
  std::uint32_t opcode = 0;
  std::uint64_t node = 0;
  std::uint64_t handle = 0;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
};

class Kernel {
 public:
  explicit Kernel(FuzzedDataProvider& input) : input_(input) {
    const auto flags = input_.ConsumeIntegral<std::uint32_t>();
    world_.wire.init(input_.ConsumeBool() ? ~static_cast<std::uint32_t>(FUSE_INIT_RESERVED)
                                          : flags & ~static_cast<std::uint32_t>(FUSE_INIT_RESERVED));
  }

  void run() {
    for (int steps = 0; steps < kMostSteps && input_.remaining_bytes() > 0; ++steps) step();
    settle();
    end();
  }

 private:
  void step();
  void ask_about_a_name();
  void ask_about_a_handle();
  void ask_about_an_attribute();
  void ask_anything();
  void something_happens();

  /// Sends a request, and where `input_` says so and nothing can hang waits for the answer.
  void ask(fuse_opcode opcode, Asked what, const std::string& body) {
    what.opcode = opcode;
    const std::uint64_t number = world_.wire.send(opcode, what.node, body);
    asked_.emplace(number, what);
    if (input_.ConsumeBool() && server_ != Server::Hangs) wait_for(number);
  }
  void wait_for(std::uint64_t number) {
    while (!world_.wire.answered(number)) world_.turn_clock(std::chrono::milliseconds{100});
    check(number, world_.wire.wait_for(number));
  }
  /// The server answers again, and so everything is answered, by whoever may still be interrupted.
  void settle();
  void end();
  void check(std::uint64_t number, const FuseWire::Answer& answer);
  void check_entry(const FuseWire::Answer& answer);
  static void check_page(const Asked& asked, const std::string& page);

  std::uint64_t node() {
    return input_.ConsumeIntegralInRange(0, 15) == 0 ? input_.ConsumeIntegral<std::uint64_t>() : pick(nodes_);
  }
  std::uint64_t handle() {
    return input_.ConsumeIntegralInRange(0, 15) == 0 ? input_.ConsumeIntegral<std::uint64_t>() : pick(handles_);
  }
  std::uint64_t pick(const std::deque<std::uint64_t>& from) {
    return from[input_.ConsumeIntegralInRange<std::size_t>(0, from.size() - 1)];
  }
  std::string any_text(std::size_t most) {
    std::string text = input_.ConsumeRandomLengthString(most);
    return text.substr(0, text.find('\0'));
  }
  std::string file_name() {
    static const std::vector<std::string> known{"2016",
                                                "11",
                                                "24",
                                                "25",
                                                ".g2afs",
                                                "18446744",
                                                "18446744.mp4",
                                                "18446744.events",
                                                "18446744.jpg",
                                                "18446745",
                                                "18446745.mp4",
                                                "status.json",
                                                "metrics",
                                                ".",
                                                "..",
                                                "18446746",
                                                "26"};
    const auto index = input_.ConsumeIntegralInRange<std::size_t>(0, known.size());
    return index < known.size() ? known[index] : any_text(300);
  }
  std::string attribute_name() {
    static const std::vector<std::string> known{"user.g2afs.refresh", "user.g2afs.archived", "user.g2afs.transcode",
                                                "user.g2afs.id",      "user.g2afs.state",    "user.g2afs.cached",
                                                "security.capability"};
    const auto index = input_.ConsumeIntegralInRange<std::size_t>(0, known.size());
    return index < known.size() ? known[index] : any_text(300);
  }

  FuzzedDataProvider& input_;
  FuseWorld world_;
  Server server_ = Server::Answers;
  std::map<std::uint64_t, Asked> asked_;
  std::map<std::uint64_t, std::uint64_t> files_;  // handle to node
  std::deque<std::uint64_t> nodes_{FUSE_ROOT_ID};
  std::deque<std::uint64_t> handles_{0};
  int interrupts_ = 0;
};

void Kernel::step() {
  switch (input_.ConsumeIntegralInRange(0, 9)) {
    case 0:
    case 1:
    case 2: return ask_about_a_name();
    case 3:
    case 4:
    case 5: return ask_about_a_handle();
    case 6:
    case 7: return ask_about_an_attribute();
    case 8: return something_happens();
    default: return ask_anything();
  }
}

void Kernel::ask_about_a_name() {
  const Asked what{.node = node()};
  fuse_open_in open{};
  switch (input_.ConsumeIntegralInRange(0, 4)) {
    case 0:
    case 1: return ask(FUSE_LOOKUP, what, FuseWire::name(file_name()));
    case 2: {
      fuse_getattr_in in{};
      in.fh = handle();
      in.getattr_flags = input_.ConsumeIntegral<std::uint32_t>();
      return ask(FUSE_GETATTR, what, FuseWire::bytes(in));
    }
    case 3: open.flags = input_.ConsumeBool() ? O_RDONLY : input_.ConsumeIntegral<std::uint32_t>(); break;
    default: open.flags = input_.ConsumeBool() ? O_DIRECTORY : input_.ConsumeIntegral<std::uint32_t>();
  }
  ask(open.flags == O_DIRECTORY || input_.ConsumeBool() ? FUSE_OPENDIR : FUSE_OPEN, what, FuseWire::bytes(open));
}

void Kernel::ask_about_a_handle() {
  Asked what{.node = node(), .handle = handle()};
  const auto how = input_.ConsumeIntegralInRange(0, 4);
  if (how == 4) {
    fuse_release_in in{};
    in.fh = what.handle;
    const bool file = files_.erase(what.handle) > 0;
    return ask(file ? FUSE_RELEASE : FUSE_RELEASEDIR, what, FuseWire::bytes(in));
  }
  fuse_read_in in{};
  in.fh = what.handle;
  in.offset = what.offset = input_.ConsumeBool() ? input_.ConsumeIntegralInRange<std::uint32_t>(0, 310'000)
                                                 : input_.ConsumeIntegral<std::uint64_t>();
  in.size = what.size = input_.ConsumeIntegralInRange<std::uint32_t>(0, kLargestPage);
  in.flags = input_.ConsumeIntegral<std::uint8_t>();
  ask(how < 2 ? FUSE_READ : how == 2 ? FUSE_READDIR : FUSE_READDIRPLUS, what, FuseWire::bytes(in));
}

void Kernel::ask_about_an_attribute() {
  Asked what{.node = node()};
  const std::string name = attribute_name();
  switch (input_.ConsumeIntegralInRange(0, 3)) {
    case 0: {
      const std::string value = input_.ConsumeBool() ? "1" : input_.ConsumeRandomLengthString(64);
      fuse_setxattr_in in{};
      in.size = static_cast<std::uint32_t>(value.size());
      in.flags = input_.ConsumeIntegral<std::uint8_t>();
      // Without FUSE_SETXATTR_EXT the structure ends after `flags`.
      const std::string fields = FuseWire::bytes(in).substr(0, FUSE_COMPAT_SETXATTR_IN_SIZE);
      return ask(FUSE_SETXATTR, what, fields + FuseWire::name(name) + value);
    }
    case 1: return ask(FUSE_REMOVEXATTR, what, FuseWire::name(name));
    default:;
  }
  fuse_getxattr_in in{};
  in.size = what.size = input_.ConsumeIntegralInRange<std::uint32_t>(0, 4096);
  const bool list = input_.ConsumeBool();
  ask(list ? FUSE_LISTXATTR : FUSE_GETXATTR, what, FuseWire::bytes(in) + (list ? "" : FuseWire::name(name)));
}

/// Any other request, with whatever in its fields; enough of them for each, and a NUL behind the names.
void Kernel::ask_anything() {
  const auto opcode = static_cast<fuse_opcode>(input_.ConsumeIntegralInRange<std::uint32_t>(0, 64));
  switch (opcode) {
    case FUSE_INTERRUPT: {
      const auto back = input_.ConsumeIntegralInRange<std::uint64_t>(0, 8) * 2;
      const auto next = world_.wire.next_number();
      world_.wire.interrupt(back == 0 ? next + 2 : next - std::min(back, next));
      ++interrupts_;
      return;
    }
    // What a process cannot ask for, or asks with sizes, which the kernel has checked and libfuse does not.
    case FUSE_INIT:
    case FUSE_DESTROY:
    case FUSE_READ:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
    case FUSE_GETXATTR:
    case FUSE_LISTXATTR:
    case FUSE_SETXATTR:
    case FUSE_BATCH_FORGET:
    case FUSE_NOTIFY_REPLY: return;
    default:;
  }
  std::string body = input_.ConsumeRandomLengthString(200);
  body.resize(512);
  const Asked what{.node = node()};
  if (opcode == FUSE_FORGET) {
    world_.wire.send(opcode, what.node, body);
    return;
  }
  ask(opcode, what, body);
}

void Kernel::something_happens() {
  switch (input_.ConsumeIntegralInRange(0, 4)) {
    case 0: return world_.turn_clock(std::chrono::seconds{input_.ConsumeIntegralInRange(0, 10'000)});
    case 1: return world_.change_account(input_.ConsumeIntegralInRange(0u, 3u), input_.ConsumeIntegralInRange(0u, 2u));
    case 2:
      return world_.fail_api(input_.ConsumeIntegralInRange(0, 4),
                             static_cast<Errc>(input_.ConsumeIntegralInRange(0, static_cast<int>(Errc::Throttled))));
    default: server_ = static_cast<Server>(input_.ConsumeIntegralInRange(0, 2)); world_.set_server(server_);
  }
}

void Kernel::settle() {
  if (server_ == Server::Hangs && input_.ConsumeBool()) return;  // the end of the session answers them
  server_ = Server::Answers;
  world_.set_server(server_);
  while (!asked_.empty()) wait_for(asked_.begin()->first);
  // libfuse keeps an interrupt that matches nothing until another request comes, and leaks those it keeps at the end.
  for (; interrupts_ > 0; --interrupts_) {
    const auto number = world_.wire.send(FUSE_STATFS, FUSE_ROOT_ID);
    world_.wire.wait_for(number);
  }
}

void Kernel::end() {
  world_.stop();
  for (const auto& [number, what] : std::map(asked_)) {
    // What no worker had taken yet, the kernel itself fails.
    if (world_.has_answer(number)) check(number, world_.wire.wait_for(number));
  }
}

void Kernel::check(std::uint64_t number, const FuseWire::Answer& answer) {
  const auto found = asked_.find(number);
  G2AFS_PROPERTY(found != asked_.end());
  const Asked asked = found->second;
  asked_.erase(found);
  G2AFS_PROPERTY(0 <= answer.error && answer.error <= kMostErrno);
  if (answer.error != 0) {
    G2AFS_PROPERTY(answer.body.empty());
    return;
  }
  switch (asked.opcode) {
    case FUSE_LOOKUP: return check_entry(answer);
    case FUSE_GETATTR: {
      G2AFS_PROPERTY(answer.body.size() == sizeof(fuse_attr_out));
      G2AFS_PROPERTY(answer.as<fuse_attr_out>().attr.ino == asked.node);
      return;
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
      G2AFS_PROPERTY(answer.body.size() == sizeof(fuse_open_out));
      const auto handle = answer.as<fuse_open_out>().fh;
      G2AFS_PROPERTY(handle != 0);
      handles_.push_back(handle);
      if (asked.opcode == FUSE_OPEN) files_[handle] = asked.node;
      return;
    }
    case FUSE_READ: {
      G2AFS_PROPERTY(answer.body.size() <= asked.size);
      if (answer.body == "{}\n" || answer.body == "metrics\n" || answer.body.size() < 16) return;
      G2AFS_PROPERTY(asked.offset < FuseWorld::kFileSize);
      G2AFS_PROPERTY(answer.body == FuseWorld::bytes().substr(asked.offset, asked.size));
      return;
    }
    case FUSE_READDIR:
    case FUSE_READDIRPLUS: return check_page(asked, answer.body);
    case FUSE_GETXATTR:
    case FUSE_LISTXATTR:
      G2AFS_PROPERTY(asked.size == 0 ? answer.body.size() == sizeof(fuse_getxattr_out)
                                     : answer.body.size() <= asked.size);
      return;
    default: return;
  }
}

void Kernel::check_entry(const FuseWire::Answer& answer) {
  G2AFS_PROPERTY(answer.body.size() == sizeof(fuse_entry_out));
  const auto entry = answer.as<fuse_entry_out>();
  G2AFS_PROPERTY(entry.nodeid != 0 && entry.attr.ino == entry.nodeid);
  const bool directory = (entry.attr.mode & S_IFMT) == S_IFDIR;
  G2AFS_PROPERTY(directory || (entry.attr.mode & S_IFMT) == S_IFREG);
  nodes_.push_back(entry.nodeid);
}

void Kernel::check_page(const Asked& asked, const std::string& page) {
  G2AFS_PROPERTY(page.size() <= asked.size);
  const bool plus = asked.opcode == FUSE_READDIRPLUS;
  std::uint64_t last = asked.offset;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t head = at + (plus ? offsetof(fuse_direntplus, dirent) : 0);
    G2AFS_PROPERTY(head + FUSE_NAME_OFFSET <= page.size());
    fuse_dirent entry{};
    std::memcpy(&entry, &page[head], FUSE_NAME_OFFSET);
    at = head + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
    G2AFS_PROPERTY(at <= page.size());
    const std::string name = page.substr(head + FUSE_NAME_OFFSET, entry.namelen);
    G2AFS_PROPERTY(!name.empty() && name.size() <= 255);
    G2AFS_PROPERTY(name.find('/') == std::string::npos && name.find('\0') == std::string::npos);
    G2AFS_PROPERTY(entry.ino != 0 && entry.off > last);
    last = entry.off;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  Kernel(input).run();
  return 0;
}
