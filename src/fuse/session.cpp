// SPDX-License-Identifier: MIT
#include "g2afs/fuse/session.hpp"

#include <algorithm>
#include <unistd.h>

#include "g2afs/fuse/library_log.hpp"
#include "g2afs/fuse/lowlevel.hpp"
#include "g2afs/fuse/mountpoint.hpp"
#include "g2afs/fuse/negotiation.hpp"
#include "g2afs/fuse/notifier.hpp"
#include "g2afs/fuse/operations.hpp"
#include "g2afs/fuse/passthrough.hpp"
#include "g2afs/fuse/workers.hpp"

namespace g2afs {
namespace {

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// An option as libfuse parses it: commas part options, a backslash takes that from what follows.
std::string escaped(const std::string& option) {
  std::string text;
  for (const char c : option) {
    if (c == ',' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::vector<std::string> mount_options(const SessionOptions& options) {
  std::vector<std::string> all{"default_permissions", "subtype=g2afs"};
  const auto has_source = [](const std::string& option) { return option.starts_with("fsname="); };
  if (std::none_of(options.options.begin(), options.options.end(), has_source)) {
    all.push_back("fsname=" + options.source);
  }
  all.insert(all.end(), options.options.begin(), options.options.end());
  return all;
}

}  // namespace

Session::Session(FileSystem& file_system, Loop& loop, Clock& clock, Log& log, SessionOptions options)
    : log_(log),
      options_(std::move(options)),
      library_log_(std::make_unique<LibraryLog>(log)),
      operations_(std::make_unique<Operations>(
          file_system, loop, clock, log,
          Timeouts{in_seconds(options_.entry_timeout), in_seconds(options_.attribute_timeout)},
          [this](fuse_conn_info& connection) { introduce(connection); })),
      notifier_(std::make_unique<Notifier>()) {}

Session::~Session() { stop(); }

KernelCache& Session::kernel_cache() { return *notifier_; }

void Session::introduce(fuse_conn_info& connection) {
  negotiate(connection, max_read_of(options_.options));
  if (device_) raise_readahead(*device_);
  if (!options_.passthrough) return;
  if (const auto obstacle = want_passthrough(connection); !obstacle.empty()) {
    log_.debug("passthrough: none: {}", obstacle);
    return;
  }
  const int device = ::fuse_session_fd(session_);
  operations_->backing_files->start({[device](int file) { return open_backing_file(device, file); },
                                     [device](int backing_id) { close_backing_file(device, backing_id); }});
}

Result<void> Session::create(const std::vector<std::string>& options) {
  fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
  ::fuse_opt_add_arg(&arguments, "g2afs");
  for (const auto& option : options) {
    ::fuse_opt_add_arg(&arguments, "-o");
    ::fuse_opt_add_arg(&arguments, escaped(option).c_str());
  }
  if (options_.debug) ::fuse_opt_add_arg(&arguments, "-d");
  const auto said = library_log_->errors_of([&] {
    const auto& table = Operations::table();
    session_ = ::fuse_session_new(&arguments, &table, sizeof(table), operations_.get());
  });
  ::fuse_opt_free_args(&arguments);
  if (!session_) return fail(Errc::Invalid, "mount options: " + said);
  return {};
}

Result<void> Session::mount() {
  const auto path = prepare_mountpoint(options_.mountpoint);
  if (!path) return fail(path.error());
  if (auto created = create(mount_options(options_)); !created) return created;
  int status = 0;
  const auto said = library_log_->errors_of([&] { status = ::fuse_session_mount(session_, path->c_str()); });
  if (status != 0) return fail(Errc::Unavailable, options_.mountpoint + ": " + said);
  if (!said.empty()) log_.warn("mounting: {}", said);
  mountpoint_ = *path;
  device_ = MountTable::read().at(mountpoint_);
  return {};
}

Result<void> Session::attach(int descriptor, const fuse_custom_io& io) {
  if (auto created = create({}); !created) return created;
  if (::fuse_session_custom_io(session_, &io, descriptor) != 0) {
    return fail(Errc::Internal, "libfuse does not take the descriptor");
  }
  return {};
}

void Session::start(std::function<void(Result<void>)> on_end) {
  notifier_->start(*session_);
  workers_ = std::make_unique<Workers>(*session_, device_, std::move(on_end));
}

void Session::stop() {
  operations_->requests->close();
  operations_->backing_files->stop();
  notifier_->stop();
  workers_.reset();
  if (!session_) return;
  if (!mountpoint_.empty()) unmount();
  ::fuse_session_destroy(session_);
  session_ = nullptr;
}

void Session::unmount() {
  if (device_ && MountTable::read().at(mountpoint_) != device_) {
    // Somebody has detached ours, and perhaps mounted another one here, which fuse_session_unmount() would remove. It
    // only closes the device if the connection has failed; so put a descriptor in its place that looks like that: a
    // pipe without a reader.
    int ends[2];
    if (::pipe(ends) == 0) {
      ::close(ends[0]);
      ::dup2(ends[1], ::fuse_session_fd(session_));
      ::close(ends[1]);
    }
  }
  ::fuse_session_unmount(session_);
  mountpoint_.clear();
}

}  // namespace g2afs
