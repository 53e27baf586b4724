// SPDX-License-Identifier: MIT
// The token file: read with its permissions checked, replaced in one step. Any thread.
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/api/token_source.hpp"
#include "g2afs/base/private_files.hpp"

namespace g2afs {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;  // tokens are a few hundred bytes

/// The file's JSON object, or an empty one where there is nothing to keep.
nlohmann::json read_members(const stdfs::path& file) {
  const auto read = read_private_file(file, kMaxFile, Pipes::Refuse);
  auto json = read ? nlohmann::json::parse(read->text, nullptr, /*allow_exceptions=*/false) : nlohmann::json();
  return json.is_object() ? json : nlohmann::json::object();
}

Secret secret_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? Secret() : Secret(found->get<std::string>());
}

}  // namespace

Result<StoredTokens> read_token_file(const stdfs::path& file) {
  const auto read = read_private_file(file, kMaxFile, Pipes::Refuse);
  if (!read) return fail(read.error().code, "token file " + read.error().what);
  const auto json = nlohmann::json::parse(read->text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail(Errc::Invalid, fmt::format("token file {} holds no JSON object", file.string()));

  StoredTokens tokens;
  tokens.refresh_token = secret_member(json, "refresh_token");
  if (tokens.refresh_token.empty()) {
    return fail(Errc::Invalid, fmt::format("token file {} holds no refresh_token", file.string()));
  }
  tokens.access_token = secret_member(json, "access_token");
  if (const auto ends = json.find("expires_at"); ends != json.end() && ends->is_number_integer()) {
    tokens.expires_at = std::chrono::sys_seconds(std::chrono::seconds(ends->get<std::int64_t>()));
  }
  return tokens;
}

Result<void> write_token_file(const stdfs::path& file, const StoredTokens& tokens) {
  nlohmann::json json = read_members(file);
  json["refresh_token"] = tokens.refresh_token.reveal();
  json.erase("access_token");
  json.erase("expires_at");
  if (!tokens.access_token.empty()) {
    json["access_token"] = tokens.access_token.reveal();
    if (tokens.expires_at) json["expires_at"] = tokens.expires_at->time_since_epoch().count();
  }
  // Tokens come from JSON and so are UTF-8; the strict default would throw for any that is not.
  const std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';

  std::error_code error = make_private_directories(file.parent_path());
  if (!error) error = replace_file(file, text, Replacement::Private);
  if (!error) return {};
  return fail(Errc::Unavailable, fmt::format("token file {} cannot be written: {}", file.string(), error.message()));
}

}  // namespace g2afs
