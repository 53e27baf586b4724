// SPDX-License-Identifier: MIT
// The strings after `-o`, sorted by whom they are for: g2afs itself, FUSE and the kernel, or nobody (what
// fstab and mount(8) add for their own use). Any thread; pure.
//
// Syntax as libfuse's: options are separated by commas; `\,` is a comma, `\\` a backslash and `\ooo` an octal
// byte within one. As in fstab(5), whose quotes mount(8) hands on, a value between double quotes may hold commas.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "g2afs/base/error.hpp"

namespace g2afs {

struct MountOptions {
  /// Keys of the configuration and their values; of a key written twice, the last.
  std::map<std::string, std::string, std::less<>> config;
  std::vector<std::string> fuse;  // for FUSE and the kernel, unescaped, in order, one each
  bool debug = false;             // log what FUSE says
};

enum class UnknownOptions { Refuse, Ignore };

/// Invalid, and names it, for: an option nobody knows (unless ignored), a value missing or too much, a
/// secret. A key's value is not looked at here. `default_permissions` is always on, so it is dropped.
Result<MountOptions> parse_mount_options(std::span<const std::string> strings,
                                         UnknownOptions unknown = UnknownOptions::Refuse);

}  // namespace g2afs
