// SPDX-License-Identifier: MIT
// A Session with the real file system behind it and an account of one day behind that. The loop runs in a thread of its
// own. SessionFixture speaks to it over the wire: the test is the kernel.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/fake_archive_api.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "wire/fuse_wire.hpp"

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content.hpp"
#include "g2afs/fs/file_system.hpp"
#include "g2afs/fuse/session.hpp"

namespace g2afs::test {

class AccountFixture : public testing::Test {
 protected:
  static constexpr int kRecordings = 40;
  static constexpr std::uint64_t kVideoSize = 300'000;  // every video's

  void SetUp() override {
    for (std::uint64_t i = 0; i < kRecordings; ++i) {
      api.add({.id = {18446744 + i},
               .start = parse_iso8601("2016-11-24T10:00:00Z").value() + std::chrono::seconds{i},
               .thumbnail = false,
               .video_size = kVideoSize});
    }
    for (std::size_t i = 0; i < kVideoSize; ++i) video += static_cast<char>(i * 31 + i / 251);
    transport.server = [this](const HttpRequest& request, BodySink& sink) { return serve(request, sink); };
    loop_thread = std::thread([this] { loop.run(); });
  }

  void TearDown() override {
    on_loop([this] {
      if (session) session->stop();
      loop.cancel_all();
      loop.stop();
    });
    loop_thread.join();
    EXPECT_TRUE(loop.run_until_idle(std::chrono::seconds{10}));
  }

  /// Runs fn on the loop thread and waits for it.
  void on_loop(std::function<void()> fn) {
    std::promise<void> done;
    loop.post([&] {
      fn();
      done.set_value();
    });
    done.get_future().wait();
  }

  void make_session(SessionOptions options) {
    session = std::make_unique<Session>(file_system, loop, clock, *log, std::move(options));
    catalog.set_kernel_cache(&session->kernel_cache());
  }
  void start_session() {
    session->start([this](Result<void> how) { ended.set_value(std::move(how)); });
  }

  /// Returns once a request to the media server hangs.
  void until_hanging() {
    for (bool asked = false; !asked;) on_loop([&] { asked = hanging > 0; });
  }

  enum class Server { Answers, Hangs, Fails };
  Task<Result<ResponseHead>> serve(const HttpRequest& request, BodySink& sink) {
    if (server == Server::Fails) co_return fail(Errc::Unavailable, "connection reset");
    if (server == Server::Hangs) {
      ++hanging;
      struct Leave {
        AccountFixture& self;
        ~Leave() { --self.hanging; }
      } leave{*this};
      co_await forever.wait();
    }
    const ByteRange all{0, kVideoSize};
    const ByteRange range =
        request.range ? ByteRange{request.range->begin, std::min(request.range->end, all.end)} : all;
    ResponseHead head;
    head.status = 206;
    head.content_length = range.size();
    head.content_range = ContentRange{range, all.end};
    head.etag = "\"1\"";
    co_return co_await FakeTransport::answer(sink, head, video.substr(range.begin, range.size()));
  }

  std::string video;  // every video's bytes
  std::shared_ptr<Log> log = make_null_log();
  Metrics metrics;
  FakeClock clock{parse_iso8601("2016-12-01T00:00:00Z").value()};
  Loop loop;
  Server server = Server::Answers;
  Event forever;
  int hanging = 0;
  FakeArchiveApi api;
  FakeTransport transport;
  Enumerator enumerator{
      loop, api, clock, *log, Zone::find("UTC").value(), {}, [this](auto entries) { urls.remember(entries); }};
  Catalog catalog{loop, enumerator, clock, metrics, *log, {}};
  UrlBroker urls{loop, api, clock, 1 << 20};
  Content content{loop,  transport, urls, catalog,
                  clock, metrics,   *log, {.retry = {.retry_for = std::chrono::milliseconds{0}}, .disk = std::nullopt}};
  Control control{loop, api, catalog, clock, *log, 4};
  VirtualFiles virtual_files{[] { return std::string("{}\n"); }, [] { return std::string("metrics\n"); }};
  FileSystem file_system{catalog, content, control, virtual_files, {.uid = 1000, .gid = 1000}};
  std::unique_ptr<Session> session;
  std::promise<Result<void>> ended;
  std::thread loop_thread;
};

class SessionFixture : public AccountFixture {
 protected:
  void SetUp() override {
    AccountFixture::SetUp();
    make_session({});
    on_loop([this] {
      ASSERT_TRUE(session->attach(wire.session_end(), FuseWire::io()));
      start_session();
    });
    init = wire.init();
  }

  void TearDown() override {
    wire.hang_up();  // nobody reads what is still to be answered
    AccountFixture::TearDown();
  }

  /// Looks a path up, name by name; the inode of the last.
  std::uint64_t inode_of(std::initializer_list<std::string_view> path) {
    std::uint64_t node = FUSE_ROOT_ID;
    for (const auto name : path) node = wire.lookup(node, name).as<fuse_entry_out>().nodeid;
    return node;
  }
  std::uint64_t inode_of_day() { return inode_of({"2016", "11", "24"}); }
  std::uint64_t inode_of_video() { return inode_of({"2016", "11", "24", "18446744", "18446744.mp4"}); }
  std::uint64_t open(std::uint64_t node) { return wire.open(node).as<fuse_open_out>().fh; }

  FuseWire wire;
  fuse_init_out init{};
};

}  // namespace g2afs::test
