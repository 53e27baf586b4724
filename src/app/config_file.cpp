// SPDX-License-Identifier: MIT
#include "g2afs/app/config_file.hpp"

#include "g2afs/base/private_files.hpp"

namespace g2afs {
namespace {

constexpr std::size_t kLargest = 1 << 20;  // bytes; more is not a configuration

}  // namespace

Result<ConfigFile> read_config_file(const std::string& path) {
  auto read = read_private_file(path, kLargest, Pipes::Read);
  if (!read) return fail(std::move(read).error());
  auto members = parse_config_text(read->text, path);
  if (!members) return fail(std::move(members).error());
  return ConfigFile{*std::move(members), read->regular};
}

}  // namespace g2afs
