// SPDX-License-Identifier: MIT
// The one error type and Result<T>. Any thread.
//
// An expected failure (network, API, a name that does not exist) is a Result; an exception is a bug, a failed start, or
// the unwinding of a cancelled coroutine. The room `fuse` holds the only table from Errc to errno.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace g2afs {

enum class Errc {
  NotFound,      // no such recording, file or name; not within the mount's filters
  Denied,        // the API refused the credentials (401/403 after a token refresh)
  Forbidden,     // the API refused an id or the credentials, and does not say which (403)
  TooLong,       // more ids in one call than the server's request line has room for
  Invalid,       // the API called the request malformed (400), or a value the user wrote is bad
  Unavailable,   // network, DNS, TLS, stall, 5xx, or an answer that makes no sense: worth trying again
  Throttled,     // 429, beyond retry_for
  Changed,       // the object behind a URL is not the one the handle was opened on, or not as long as announced
  ReadOnly,      // would change the tree
  Unsupported,   // no such operation or attribute here
  NoAttribute,   // an extended attribute that is not set
  Exists,        // an extended attribute that is there, and was to be made
  NotDirectory,  // a directory was needed
  IsDirectory,   // a file was needed
  Range,         // the caller's buffer is too small
  Internal,      // a bug, reported instead of crashing
};

/// Name of the code for logs, e.g. "unavailable".
std::string_view to_string(Errc code);

/// `what` is one line for people, without secrets and without a trailing full stop.
struct Error {
  Errc code = Errc::Internal;
  std::string what;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(Errc::NotFound, "no recording 12")`.
inline tl::unexpected<Error> fail(Errc code, std::string what) {
  return tl::unexpected<Error>(Error{code, std::move(what)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace g2afs
