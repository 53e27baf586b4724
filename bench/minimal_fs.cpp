// SPDX-License-Identifier: MIT
// The least a low-level FUSE file system can do, to compare stat rates with: /d<i>/f for any i, nothing stored.
#define FUSE_USE_VERSION 312
#include <charconv>
#include <cstring>
#include <string_view>

#include <fuse_lowlevel.h>

namespace {

constexpr double kTimeout = 3600;

struct stat attributes(fuse_ino_t ino) {
  struct stat stat {};
  stat.st_ino = ino;
  const bool file = ino > 1 && ino % 2 == 1;
  stat.st_mode = file ? S_IFREG | 0644 : S_IFDIR | 0755;
  stat.st_nlink = 1;
  stat.st_size = file ? 4096 : 0;
  return stat;
}

void lookup(fuse_req_t request, fuse_ino_t parent, const char* text) {
  const std::string_view name(text);
  fuse_entry_param entry{};
  std::uint64_t number = 0;
  if (parent == FUSE_ROOT_ID && name.starts_with('d')) {
    const auto parsed = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (parsed.ptr == name.data() + name.size()) entry.ino = 2 * number + 2;
  } else if (parent % 2 == 0 && name == "f") {
    entry.ino = parent + 1;
  }
  if (entry.ino == 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  entry.attr = attributes(entry.ino);
  entry.attr_timeout = entry.entry_timeout = kTimeout;
  fuse_reply_entry(request, &entry);
}

void getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info*) {
  const auto stat = attributes(ino);
  fuse_reply_attr(request, &stat, kTimeout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  fuse_lowlevel_ops operations{};
  operations.lookup = lookup;
  operations.getattr = getattr;
  char* arguments[] = {argv[0]};
  fuse_args args = FUSE_ARGS_INIT(1, arguments);
  fuse_session* session = fuse_session_new(&args, &operations, sizeof operations, nullptr);
  if (session == nullptr || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[1]) != 0)
    return 1;
  fuse_loop_config* config = fuse_loop_cfg_create();
  const int result = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  fuse_session_unmount(session);
  fuse_remove_signal_handlers(session);
  fuse_session_destroy(session);
  return result;
}
