// SPDX-License-Identifier: MIT
// Requests that hang: interrupted, beside others, and at the end.
#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "session_fixture.hpp"

namespace g2afs::test {
namespace {

constexpr int kMany = 1000;

class SessionWaiting : public SessionFixture {
 protected:
  void SetUp() override {
    SessionFixture::SetUp();
    node = inode_of_video();
    handle = open(node);
    on_loop([this] { server = Server::Hangs; });
  }

  std::uint64_t node = 0, handle = 0;
};

TEST_F(SessionWaiting, AnInterruptedReadEndsWithEintr) {
  const auto read = wire.send_read(node, handle, 0, 4096);
  until_hanging();
  wire.interrupt(read);
  EXPECT_EQ(wire.wait_for(read).error, EINTR);
}

/// A process that is stopped, so that signals to it stay before it.
class StoppedProcess {
 public:
  StoppedProcess() : pid_(::fork()) {
    if (pid_ == 0) {
      ::signal(SIGUSR1, [](int) {});
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
  }
  ~StoppedProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  StoppedProcess(const StoppedProcess&) = delete;
  StoppedProcess& operator=(const StoppedProcess&) = delete;
  pid_t pid() const { return pid_; }
  void signal() const { ::kill(pid_, SIGUSR1); }

 private:
  const pid_t pid_;
};

TEST_F(SessionWaiting, ASignalThatComesLaterIsSeen) {
  const StoppedProcess process;
  wire.thread = process.pid();
  const auto read = wire.send_read(node, handle, 0, 4096);
  until_hanging();
  int before = 0, now = 0;
  on_loop([&] { before = clock.sleeping(); });
  wire.interrupt(read);
  for (now = before; now == before;) on_loop([&] { now = clock.sleeping(); });
  process.signal();
  on_loop([this] { clock.advance(std::chrono::milliseconds{200}); });
  EXPECT_EQ(wire.wait_for(read).error, EINTR);
}

TEST_F(SessionWaiting, AnInterruptOfOneWhoIsSignalledMayOvertakeItsRequest) {
  const StoppedProcess process;
  process.signal();
  wire.thread = process.pid();
  wire.interrupt(wire.next_number() + 2);
  EXPECT_EQ(wire.wait_for(wire.send_read(node, handle, 0, 4096)).error, EINTR);
}

TEST_F(SessionWaiting, WithoutASignalAnInterruptedReadGoesOn) {
  wire.thread = ::gettid();
  const auto read = wire.send_read(node, handle, 0, 4096);
  until_hanging();
  int before = 0, now = 0;
  on_loop([&] { before = clock.sleeping(); });
  wire.interrupt(read);
  for (int looks = 0; looks < 3; ++looks) {
    for (now = before; now == before;) on_loop([&] { now = clock.sleeping(); });
    on_loop([this] { clock.advance(std::chrono::milliseconds{200}); });
  }
  EXPECT_FALSE(wire.answered(read));
  on_loop([this] {
    server = Server::Answers;
    forever.notify_all();
  });
  EXPECT_EQ(wire.wait_for(read).body, video.substr(0, 4096));
}

TEST_F(SessionWaiting, AnInterruptMayOvertakeItsRequest) {
  wire.interrupt(wire.next_number() + 2);
  EXPECT_EQ(wire.wait_for(wire.send_read(node, handle, 0, 4096)).error, EINTR);
}

TEST_F(SessionWaiting, AnInterruptAfterTheReplyIsIgnored) {
  // libfuse forgets a request a moment after it has answered it. An interrupt that still meets it is not answered.
  std::uint64_t interrupt = 0;
  while (interrupt == 0 || !wire.answered(interrupt)) {
    const auto asked = wire.send(FUSE_GETATTR, node, FuseWire::bytes(fuse_getattr_in{}));
    EXPECT_EQ(wire.wait_for(asked).error, 0);
    interrupt = wire.interrupt(asked);
    // libfuse keeps one that matches nothing, since it may have overtaken its request, until another request comes.
    for (int round = 0; round < 100 && !wire.answered(interrupt); ++round) EXPECT_EQ(wire.getattr(node).error, 0);
  }
  EXPECT_EQ(wire.wait_for(interrupt).error, EAGAIN);
}

TEST_F(SessionWaiting, InterruptsThatRaceWithRepliesGetOneAnswerEach) {
  on_loop([this] { server = Server::Answers; });
  for (int round = 0; round < kMany; ++round) {
    const auto read = wire.send_read(node, handle, static_cast<std::uint64_t>(round) % 70 * 4096, 4096);
    wire.interrupt(read);
    const int error = wire.wait_for(read).error;
    EXPECT_TRUE(error == 0 || error == EINTR) << error;
  }
  // Has libfuse give back the interrupts it keeps: what it still has when the session is destroyed, it leaks.
  for (int round = 0; round < kMany; ++round) wire.getattr(node);
}

TEST_F(SessionWaiting, OthersAreAnsweredWhileAThousandReadsHang) {
  std::vector<std::uint64_t> reads;
  for (int i = 0; i < kMany; ++i) reads.push_back(wire.send_read(node, handle, 0, 4096));
  const auto day = inode_of_day();
  const auto directory = wire.opendir(day).as<fuse_open_out>().fh;
  EXPECT_FALSE(wire.readdir(day, directory, 0, 4096, true).empty());
  EXPECT_EQ(wire.getattr(node).error, 0);
  EXPECT_EQ(wire.unclaimed(), 0u) << "no read has been answered";
}

TEST_F(SessionWaiting, StopFailsEverythingThatHangs) {
  std::vector<std::uint64_t> reads;
  for (int i = 0; i < kMany; ++i) reads.push_back(wire.send_read(node, handle, 0, 4096));
  until_hanging();
  std::thread stop([this] { on_loop([this] { session->stop(); }); });
  int failed = 0, unread = 0;
  for (const auto read : reads) {
    try {
      EXPECT_EQ(wire.wait_for(read).error, EIO);
      ++failed;
    } catch (const std::runtime_error&) {
      ++unread;  // the session has gone before it took the request from the socket
    }
  }
  stop.join();
  EXPECT_EQ(failed + unread, kMany);
  EXPECT_GT(failed, 0);
}

TEST_F(SessionWaiting, AReadThatIsAnsweredAfterTheEndReachesNobody) {
  const auto read = wire.send_read(node, handle, 0, 4096);
  until_hanging();
  on_loop([this] { session->stop(); });
  EXPECT_EQ(wire.wait_for(read).error, EIO);
  on_loop([this] { forever.notify_all(); });
}

TEST_F(SessionWaiting, AnUnmountEndsTheSessionByItself) {
  wire.send_read(node, handle, 0, 4096);
  until_hanging();
  wire.hang_up();
  EXPECT_TRUE(ended.get_future().get());
}

TEST_F(SessionWaiting, StopTwiceIsStopOnce) {
  on_loop([this] {
    session->stop();
    session->stop();
    session->kernel_cache().changed(node);
  });
}

}  // namespace
}  // namespace g2afs::test
