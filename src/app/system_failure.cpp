// SPDX-License-Identifier: MIT
#include "g2afs/app/system_failure.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace g2afs {
namespace {

Errc code_of(int error) {
  switch (error) {
    case ENOENT: return Errc::NotFound;
    case ENOTDIR: return Errc::NotDirectory;
    case EACCES:
    case EPERM: return Errc::Denied;
    case EINVAL: return Errc::Invalid;
    case EIO: return Errc::Unavailable;
    case EAGAIN: return Errc::Throttled;
    case EROFS: return Errc::ReadOnly;
    case EOPNOTSUPP: return Errc::Unsupported;
    case ENODATA: return Errc::NoAttribute;
    default: return Errc::Internal;
  }
}

}  // namespace

tl::unexpected<Error> system_failure(int error, std::string_view what) {
  return fail(code_of(error), fmt::format("{}: {}", what, std::generic_category().message(error)));
}

}  // namespace g2afs
