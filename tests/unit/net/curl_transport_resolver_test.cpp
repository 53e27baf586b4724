// SPDX-License-Identifier: MIT
// Host names: this program answers curl's look-ups itself, for names under "test".
#include <arpa/inet.h>
#include <condition_variable>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {
namespace {

using namespace std::chrono_literals;

/// Look-ups of "slow.test" wait here; they run on threads of curl's.
class Hold {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    --waiting_;
    changed_.notify_all();
  }
  void wait_for_a_look_up() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return waiting_ == 0; });
    released_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
};

Hold& hold() {
  static Hold instance;
  return instance;
}

}  // namespace
}  // namespace g2afs::test

// Takes the place of the C library's, which it calls for every other name.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const auto next = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name = host == nullptr ? "" : host;
  if (name == "unknown.test") return EAI_NONAME;
  if (name == "local.test") return next("127.0.0.1", service, hints, result);
  if (name == "slow.test") {
    g2afs::test::hold().wait();
    return EAI_AGAIN;
  }
  return next(host, service, hints, result);
}

namespace g2afs::test {
namespace {

class CurlTransportResolverTest : public CurlTransportTest {
 protected:
  void SetUp() override { options.allow_http = true; }
};

TEST_F(CurlTransportResolverTest, AnUnknownNameIsUnavailable) {
  TestSink sink;
  expect_failure(perform(to("http://unknown.test/SECRET"), sink), Errc::Unavailable,
                 "http://unknown.test:80/…: the host name cannot be resolved");
  EXPECT_EQ(sink.reached, Reached::Nothing);
}

TEST_F(CurlTransportResolverTest, ANameThatLeadsToThisMachineIsRefused) {
  expect_failure(perform(to("http://local.test/SECRET")), Errc::Invalid, "local address 127.0.0.1");
}

TEST_F(CurlTransportResolverTest, CancellationDoesNotWaitForALookUpThatHangs) {
  TestSink sink;
  std::optional<Result<ResponseHead>> result;
  const TaskId id = start(to("http://slow.test/"), sink, result);
  loop.context().poll();
  hold().wait_for_a_look_up();
  loop.cancel(id);
  run_until([&] { return loop.running() == 0; });  // would hang: the look-up is still held
  EXPECT_FALSE(result);
  hold().release();
}

TEST_F(CurlTransportResolverTest, TheConnectTimeoutCoversTheLookUp) {
  options.connect_timeout = 50ms;
  expect_failure(perform(to("http://slow.test/SECRET")), Errc::Unavailable, "within 0.05 s");
  hold().wait_for_a_look_up();
  hold().release();
}

}  // namespace
}  // namespace g2afs::test
