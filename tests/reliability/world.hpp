// SPDX-License-Identifier: MIT
// One cell's world: the product's whole stack but for the mount, over the real transport, to the faulty servers. The clock
// of the retries is a fake one; time on it passes only while nothing is under way on the network, and for as long as
// `timeout` says when the transport has found a request to be stalled. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "cells.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/temporary_directory.hpp"
#include "fakes/tls_identity.hpp"
#include "faulty_service.hpp"
#include "watched_transport.hpp"

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/fs/file_system.hpp"

namespace g2afs::test {

class World {
 public:
  /// A world in which this fault can happen.
  explicit World(Fault fault);
  ~World();

  void begin_fault(Call call, Lasting lasting);
  void heal();

  /// Runs until the task has ended; throws where it never does.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    began_ = clock_.now();
    loop_.spawn(store(result, std::move(task)));
    while (!result) step();
    return std::move(*result);
  }
  /// Runs until nothing is under way on the network.
  void settle();

  FakeClock& clock() { return clock_; }
  FileSystem& fs() { return fs_; }
  ModelService& model() { return model_; }
  /// Requests of the faulty kind since the fault began.
  int asked() const { return service_.asked; }
  /// Requests that took credentials to a host that must not get them.
  int leaks() const { return mirror_.leaks; }

 private:
  /// Another host that has the media: it answers right, but is none of the API's.
  struct Mirror final : Conversation {
    explicit Mirror(ModelService& truth) : model(truth) {}
    Task<> talk(PlainConnection& connection) override;
    Task<> talk(TlsConnection&) override { co_return; }
    ModelService& model;
    int leaks = 0;
  };

  template <class T>
  static Task<> store(std::optional<T>& out, Task<T> inner) {
    out.emplace(co_await std::move(inner));
  }
  void step();
  /// False if nothing is under way there.
  bool wait_for_the_wire();
  /// False if the fault is one of the servers rather than of the way to them.
  bool set_way(bool faulty);
  std::string origin(const Host& host) const;
  CurlOptions curl_options() const;
  TokenOptions token_options() const;
  ArchiveOptions archive_options() const;
  static ContentOptions content_options();
  static RetryPolicy retry_policy();

  const Fault fault_;
  TemporaryDirectory directory_;
  const std::shared_ptr<asio::ssl::context> tls_;  // null: none
  Loop loop_;
  FakeClock clock_{parse_iso8601("2017-01-01T00:00:00Z").value()};
  ModelService model_;
  FaultyService service_{loop_, model_};
  Mirror mirror_{model_};
  Host api_host_{loop_, service_, tls_}, token_host_{loop_, service_, tls_}, media_host_{loop_, service_, tls_};
  Host other_host_{loop_, mirror_, nullptr};
  Metrics metrics_;
  std::shared_ptr<Log> log_ = make_null_log();
  WatchedTransport transport_;
  TokenSource tokens_;
  HttpArchiveApi api_;
  UrlBroker urls_{loop_, api_, clock_, 1 << 20};
  Enumerator enumerator_;
  Catalog catalog_{loop_, enumerator_, clock_, metrics_, *log_, {}};
  Content content_;
  Control control_{loop_, api_, catalog_, clock_, *log_, 4};
  VirtualFiles virtual_files_{[] { return std::string(); }, [] { return std::string(); }};
  FileSystem fs_{catalog_, content_, control_, virtual_files_, {0, 0, 022}};

  std::optional<Call> faulty_;  // while the fault is there
  std::optional<MonotonicTime> ends_;
  bool ends_with_failure_ = false;
  MonotonicTime began_{};  // the task that runs
};

}  // namespace g2afs::test
