// SPDX-License-Identifier: MIT
#include "g2afs/fuse/errno_map.hpp"

#include <cerrno>

namespace g2afs {

int to_errno(Errc code) {
  switch (code) {
    case Errc::NotFound: return ENOENT;
    case Errc::Denied: return EACCES;
    case Errc::Forbidden: return EACCES;
    case Errc::TooLong: return EINVAL;
    case Errc::Invalid: return EINVAL;
    case Errc::Unavailable: return EIO;
    case Errc::Throttled: return EAGAIN;
    case Errc::Changed: return EIO;
    case Errc::ReadOnly: return EROFS;
    case Errc::Unsupported: return EOPNOTSUPP;
    case Errc::NoAttribute: return ENODATA;
    case Errc::Exists: return EEXIST;
    case Errc::NotDirectory: return ENOTDIR;
    case Errc::IsDirectory: return EISDIR;
    case Errc::Range: return ERANGE;
    case Errc::Internal: return EIO;
  }
  return EIO;
}

}  // namespace g2afs
