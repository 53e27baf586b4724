// SPDX-License-Identifier: MIT
#include "g2afs/base/error.hpp"

namespace g2afs {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::NotFound: return "not found";
    case Errc::Denied: return "denied";
    case Errc::Forbidden: return "forbidden";
    case Errc::TooLong: return "too long";
    case Errc::Invalid: return "invalid";
    case Errc::Unavailable: return "unavailable";
    case Errc::Throttled: return "throttled";
    case Errc::Changed: return "changed";
    case Errc::ReadOnly: return "read-only";
    case Errc::Unsupported: return "unsupported";
    case Errc::NoAttribute: return "no attribute";
    case Errc::Exists: return "exists";
    case Errc::NotDirectory: return "not a directory";
    case Errc::IsDirectory: return "is a directory";
    case Errc::Range: return "range";
    case Errc::Internal: return "internal";
  }
  return "unknown";
}

}  // namespace g2afs
