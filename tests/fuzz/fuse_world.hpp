// SPDX-License-Identifier: MIT
// A Session over the wire with a small account behind it, as long as one input lasts. The loop runs in a thread of its
// own; the fuzzer's thread is the kernel, and takes every answer soon, as the kernel does: the loop may wait for it.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "fakes/fake_archive_api.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "wire/fuse_wire.hpp"

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content.hpp"
#include "g2afs/fs/file_system.hpp"
#include "g2afs/fuse/session.hpp"

namespace g2afs::test {

class FuseWorld {
 public:
  static constexpr std::uint64_t kFirstId = 18446744;
  static constexpr std::uint64_t kFileSize = 300'000;  // of videos and sidecars alike

  FuseWorld();
  FuseWorld(const FuseWorld&) = delete;
  FuseWorld& operator=(const FuseWorld&) = delete;
  ~FuseWorld();

  /// What every file holds.
  static const std::string& bytes();

  /// Runs fn on the loop thread and waits for it.
  template <class Fn>
  void on_loop(Fn fn) {
    std::promise<void> done;
    loop_.post([&] {
      fn();
      done.set_value();
    });
    const auto ended = done.get_future();
    while (ended.wait_for(std::chrono::microseconds{50}) != std::future_status::ready) take_answers();
  }
  void turn_clock(Duration duration) {
    on_loop([&] { clock_.advance(duration); });
  }

  enum class Server { Answers, Hangs, Fails };
  void set_server(Server server);
  /// Adds, changes or removes a recording.
  void change_account(unsigned which, unsigned how);
  void fail_api(int calls, Errc code) {
    on_loop([&] { api_.fail_next(calls, code); });
  }
  /// What waits is answered.
  void stop() {
    on_loop([this] { session_->stop(); });
    take_answers();
  }
  /// Also after stop().
  bool has_answer(std::uint64_t request) const { return wire.has_answer(request); }

  FuseWire wire;

 private:
  void take_answers();
  Task<Result<ResponseHead>> serve(const HttpRequest& request, BodySink& sink);

  std::shared_ptr<Log> log_ = make_null_log();
  Metrics metrics_;
  FakeClock clock_{parse_iso8601("2016-12-01T00:00:00Z").value()};
  Loop loop_;
  Server server_ = Server::Answers;
  Event no_more_hanging_;
  FakeArchiveApi api_;
  FakeTransport transport_;
  Enumerator enumerator_{
      loop_, api_, clock_, *log_, Zone::find("UTC").value(), {}, [this](auto entries) { urls_.remember(entries); }};
  Catalog catalog_{loop_, enumerator_, clock_, metrics_, *log_, {}};
  UrlBroker urls_{loop_, api_, clock_, 1 << 20};
  Content content_{
      loop_,  transport_, urls_, catalog_,
      clock_, metrics_,   *log_, {.retry = {.retry_for = std::chrono::milliseconds{0}}, .disk = std::nullopt}};
  Control control_{loop_, api_, catalog_, clock_, *log_, 4};
  VirtualFiles virtual_files_{[] { return std::string("{}\n"); }, [] { return std::string("metrics\n"); }};
  FileSystem file_system_{catalog_, content_, control_, virtual_files_, {.uid = 1000, .gid = 1000}};
  std::unique_ptr<Session> session_;
  bool session_is_there_ = true;
  std::thread loop_thread_;
};

}  // namespace g2afs::test
