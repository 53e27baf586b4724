// SPDX-License-Identifier: MIT
// Where log lines go. Any thread.
//
// A room gets a `Log&` from whoever makes it and calls `log.info("…", args)`; there is no global logger. A failure is
// logged once, where it is decided, with operation and inode or request id. Secrets and URLs have types without a
// formatter that shows them (secret.hpp, net/url.hpp), so a line cannot hold one by accident. A message is one line
// whatever it holds, and with the format `json` an object of valid UTF-8.
#pragma once

#include <memory>
#include <string>

#include <spdlog/logger.h>

#include "g2afs/base/error.hpp"

namespace g2afs {

using Log = spdlog::logger;

struct LogOptions {
  std::string level = "info";   // error, warning, info, debug, trace
  std::string format = "text";  // text or json
  std::string file;             // empty: stderr, or syslog when `syslog` is set
  bool syslog = false;
};

/// Invalid for an unknown level or format, or a file that cannot be written.
Result<std::shared_ptr<Log>> make_log(const LogOptions& options);

/// These options from now on, for a log of make_log(). A file is opened anew, so that after logrotate(8) has moved it
/// lines go to the new one; a line is in the one or in the other. Errors as of make_log(): then nothing has changed.
Result<void> change_log(Log& log, const LogOptions& options);

/// A log that drops everything, for tests.
std::shared_ptr<Log> make_null_log();

}  // namespace g2afs
