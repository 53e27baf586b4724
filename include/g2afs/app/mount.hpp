// SPDX-License-Identifier: MIT
// Mount: the whole house put together for one mount, and its life from the check of the credentials to the unmount.
// It runs on the thread that calls run(), which becomes the loop thread; one call of each function, in this order.
//
// The members stand in the order of the floors, so that each is destroyed before what it stands on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/signal_set.hpp>

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/app/command_line.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/app/status.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/store.hpp"
#include "g2afs/content/content.hpp"
#include "g2afs/control/control.hpp"
#include "g2afs/fs/file_system.hpp"
#include "g2afs/fuse/session.hpp"
#include "g2afs/net/curl_transport.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class Mount {
 public:
  Mount(const Config& config, const MountCommand& command, std::shared_ptr<Log> log);

  /// One cheap call of the API. Denied and Invalid: it refuses, and mounting makes no sense; Unavailable and Throttled:
  /// it cannot be reached, and a mount will recover by itself.
  Result<void> check();

  Result<void> mount();

  /// Serves until SIGTERM, SIGINT or an unmount; `ready` is called once the mount answers, and `reload` on SIGHUP: of what
  /// it returns, the credentials are taken over. An error if the session broke.
  Result<void> run(const std::function<void()>& ready, const std::function<Result<Config>()>& reload);
  /// A thread hangs in the disk cache for good, and may yet come back to what it uses of this: the process is to exit
  /// without taking it down. All there was to write has been.
  bool left_behind() const { return left_behind_; }

 private:
  Task<> end_on_signal();
  Task<> feed_watchdog();
  Task<> give_back_memory();
  Task<> reload_on_hangup(const std::function<Result<Config>()>& reload);
  void take_over(const Result<Config>& config);
  void end(Result<void> outcome);

  std::shared_ptr<Log> log_;
  const Config config_;
  SystemClock clock_;
  Metrics metrics_;
  Loop loop_;
  CurlTransport transport_;
  TokenSource tokens_;
  HttpArchiveApi api_;
  UrlBroker urls_;
  Enumerator enumerator_;
  Store store_;
  Catalog catalog_;
  Content content_;
  Control control_;
  Status status_;
  VirtualFiles virtual_files_;
  FileSystem file_system_;
  Session session_;
  std::optional<asio::signal_set> ending_, hangup_;
  Result<void> outcome_;
  bool left_behind_ = false;
};

}  // namespace g2afs
