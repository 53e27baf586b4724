// SPDX-License-Identifier: MIT
// load_config(): whatever a config file and `-o` hold, an error is one line that names the key and shows no secret, and
// what is taken obeys its rules. with_members(): what can be read can be added to, and nothing of it goes.
//
// The input is the file, and after a NUL what follows `-o`.
#include <algorithm>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.hpp"
#include "property.hpp"

#include "g2afs/app/config.hpp"
#include "g2afs/app/config_additions.hpp"
#include "g2afs/app/config_file.hpp"
#include "g2afs/app/config_keys.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/app/one_line.hpp"

using namespace g2afs;
using namespace std::chrono_literals;

namespace {

/// What a secret is recognised by, in the seeds and the dictionary.
constexpr std::string_view kSecret = "hunter2";

/// A file in memory, which nobody but its owner may use.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("config", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(file_)) {
    G2AFS_PROPERTY(file_ >= 0 && ::fchmod(file_, 0600) == 0);
  }
  const std::string& path() const { return path_; }
  void write(std::string_view text) const {
    G2AFS_PROPERTY(::ftruncate(file_, 0) == 0);
    G2AFS_PROPERTY(::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

 private:
  int file_;
  std::string path_;
};

bool one_line_only(std::string_view line) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !line.empty() && std::none_of(line.begin(), line.end(), is_control);
}

bool begins_with_a_key(std::string_view what, const std::vector<ConfigMember>& members) {
  const auto keys = config_keys();
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return what.starts_with(key.name); }) ||
         std::any_of(members.begin(), members.end(),
                     [&](const auto& one) { return what.starts_with(one_line(one.key)); });
}

/// An error about all of the configuration, which has no key.
bool names_no_key(std::string_view what) {
  return what.starts_with("no account: ") || what.starts_with("no credentials: ") || what.starts_with("line ") ||
         what == "must hold one JSON object";
}

/// Whether the secret is in the value of a secret key, and nowhere else.
bool only_in_secrets(const std::vector<ConfigMember>& members) {
  bool there = false;
  for (const ConfigMember& member : members) {
    const ConfigKey* key = find_config_key(member.key);
    if (member.key.find(kSecret) != std::string::npos) return false;
    if (member.text.find(kSecret) == std::string::npos) continue;
    if (key == nullptr || !key->secret) return false;
    there = true;
  }
  return there;
}

void check_error(std::string_view what, const std::string& path, const Result<std::vector<ConfigMember>>& members) {
  G2AFS_PROPERTY(one_line_only(what));
  const std::string in_file = path + ": ";
  constexpr std::string_view kOnCommandLine = "-o ";
  if (what.starts_with(in_file)) {
    what.remove_prefix(in_file.size());
  } else if (what.starts_with(kOnCommandLine)) {
    what.remove_prefix(kOnCommandLine.size());
  }
  if (!members) {
    // Of a text that is no JSON nothing can be shown, since it may be a part of a secret.
    if (what.starts_with("line ")) G2AFS_PROPERTY(what.find(kSecret) == std::string_view::npos);
    return;
  }
  G2AFS_PROPERTY(begins_with_a_key(what, *members) || names_no_key(what));
}

void check_config(const Config& config) {
  G2AFS_PROPERTY(!config.name.empty() && config.name.find('/') == std::string::npos);
  G2AFS_PROPERTY(config.account_key || config.user_key || config.company_id);
  G2AFS_PROPERTY(!config.access_token.empty() || (!config.client_id.empty() && !config.client_secret.empty()));
  for (const Url* url : {&config.api_url, &config.token_url}) {
    G2AFS_PROPERTY(config.allow_http || url->secure() || url->loopback());
  }
  for (const auto* path : {&config.state_dir, &config.token_file}) G2AFS_PROPERTY(path->is_absolute());
  for (const auto* path : {&config.cache_dir, &config.ca_file, &config.log_file}) {
    G2AFS_PROPERTY(path->empty() || path->is_absolute());
  }
  for (const auto time : {config.dir_ttl, config.timeout, config.retry_for}) {
    G2AFS_PROPERTY(1ms <= time && time <= 366 * 24h);
  }
  if (config.from_time && config.to_time) G2AFS_PROPERTY(*config.from_time < *config.to_time);
  if (config.time_period) G2AFS_PROPERTY(*config.time_period > 0);
  G2AFS_PROPERTY(config.max_connections > 0 && config.api_connections > 0);
  G2AFS_PROPERTY(config.memory_limit >= 8 << 20);
  G2AFS_PROPERTY((config.umask & ~0777U) == 0);
  G2AFS_PROPERTY(config.uid != static_cast<uid_t>(-1) && config.gid != static_cast<gid_t>(-1));
}

void check_additions(std::string_view text, std::vector<ConfigMember> members) {
  const ConfigMember added{"an added key", "18446744073709551615", JsonType::Number};
  const auto is_there = [&](const ConfigMember& member) { return member.key == added.key; };
  if (std::any_of(members.begin(), members.end(), is_there)) return;
  const auto longer = with_members(text, {&added, 1});
  G2AFS_PROPERTY(longer.has_value());
  members.push_back(added);
  const auto parsed = parse_config_text(*longer, "longer");
  G2AFS_PROPERTY(parsed && parsed->size() == members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    G2AFS_PROPERTY((*parsed)[i].key == members[i].key && (*parsed)[i].text == members[i].text);
  }
  std::size_t at = 0;  // of the text, which is within the longer one in order
  for (const char c : *longer) at += at < text.size() && text[at] == c ? 1 : 0;
  G2AFS_PROPERTY(at == text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = test::text_of(data, size);
  const auto end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(0, end);
  const std::string options(input.substr(std::min(end + 1, input.size())));

  Environment environment;
  environment.home = "/home/me";
  environment.working_directory = "/start";
  environment.uid = 1000;

  const auto from_o = parse_mount_options(std::span(&options, 1));
  if (!from_o) {
    G2AFS_PROPERTY(one_line_only(from_o.error().what) && from_o.error().what.starts_with("-o "));
    return 0;
  }
  static const MemoryFile file;
  file.write(text);
  const auto members = parse_config_text(text, file.path());
  if (members) check_additions(text, *members);
  const auto config = load_config(file.path(), *from_o, environment);
  if (config) {
    G2AFS_PROPERTY(members.has_value());
    check_config(*config);
  } else {
    check_error(config.error().what, file.path(), members);
    if (members && only_in_secrets(*members) && options.find(kSecret) == std::string::npos) {
      G2AFS_PROPERTY(config.error().what.find(kSecret) == std::string::npos);
    }
  }
  return 0;
}
