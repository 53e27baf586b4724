// SPDX-License-Identifier: MIT
#include "sim/cli_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "sim/http_message.hpp"
#include "sim/iso_time.hpp"

namespace g2a_sim {
namespace {

constexpr std::uint64_t kMaxCount = 20'000'000;

// An option that is read by a function, which throws CLI::ValidationError with what is wrong.
template <typename Read>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Read read, const std::string& help) {
  return app.add_option_function<std::string>(
      name, [name, read](const std::string& text) { read(name, text); }, help);
}

void add_time(CLI::App& app, const std::string& name, std::int64_t& to, const std::string& help) {
  add_parsed(
      app, name,
      [&to](const std::string& option, const std::string& text) {
        const auto ms = parse_iso8601(text);
        if (!ms) throw CLI::ValidationError(option, fmt::format("\"{}\" is not an ISO 8601 time", text));
        to = *ms;
      },
      help);
}

std::uint64_t size_of(const std::string& option, std::string text) {
  unsigned shift = 0;
  if (!text.empty()) {
    const std::size_t unit = std::string_view("KMGT").find(text.back());
    if (unit != std::string_view::npos) {
      shift = static_cast<unsigned>(unit + 1) * 10;
      text.pop_back();
    }
  }
  const auto value = parse_unsigned(text);
  if (!value || *value > (1ULL << 50U) >> shift) {
    throw CLI::ValidationError(option, "is not a size (bytes, or with K, M, G)");
  }
  return *value << shift;
}

void add_size(CLI::App& app, const std::string& name, std::uint64_t& to, const std::string& help) {
  add_parsed(
      app, name, [&to](const std::string& option, const std::string& text) { to = size_of(option, text); }, help);
}

// CLI11's own reading of numbers lets -1 and 2^64 pass.
std::uint64_t number_of(const std::string& option, const std::string& text) {
  const auto value = parse_unsigned(text);
  if (!value) throw CLI::ValidationError(option, fmt::format("\"{}\" is not a number below 2^64", text));
  return *value;
}

void add_number(CLI::App& app, const std::string& name, std::uint64_t& to, const std::string& help) {
  add_parsed(
      app, name, [&to](const std::string& option, const std::string& text) { to = number_of(option, text); }, help);
}

void add_keys(CLI::App& app, const std::string& name, std::vector<std::uint64_t>& to, const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
      name,
      [&to, name](const std::vector<std::string>& texts) {
        to.clear();
        for (const std::string& text : texts) to.push_back(number_of(name, text));
      },
      help);
}

template <typename Value>
void add_choice(CLI::App& app, const std::string& name, const std::map<std::string, Value>& choices, Value& to,
                const std::string& help) {
  add_parsed(
      app, name,
      [&to, choices](const std::string& option, const std::string& text) {
        const auto it = choices.find(text);
        if (it == choices.end()) throw CLI::ValidationError(option, fmt::format("\"{}\" is unknown", text));
        to = it->second;
      },
      help);
}

void add_listening(CLI::App& app, CliOptions& cli) {
  SimOptions& o = cli.sim;
  app.add_option("--port", o.port, "API port (0: any)")->check(CLI::Range(0, 65'535));
  app.add_option("--media-port", o.media_port, "media port (0: any)")->check(CLI::Range(0, 65'535));
  app.add_flag("--same-port", o.same_port, "media on the API port");
  app.add_option("--port-file", cli.port_file, "file to write both ports to, a line each, once they listen");
  add_size(app, "--max-request-line", o.max_request_line, "414 beyond this many bytes (0: no limit)");
  app.add_option("--keep-alive", o.keep_alive_seconds, "close idle connections after so many seconds (0: never)")
      ->check(CLI::Range(0, 86'400));
  app.add_flag("--die-with-parent", cli.die_with_parent, "end when the parent process does");
  app.add_option("--lifetime", cli.lifetime_seconds, "end after so many seconds")->check(CLI::NonNegativeNumber);
  app.add_flag("--quiet", cli.quiet, "print nothing");
  add_number(app, "--log-limit", o.log_limit, "request records kept");
}

void add_account(CLI::App& app, SimOptions& o) {
  const CLI::Range percent(0.0, 100.0);
  add_number(app, "--count", o.count, "recordings to invent");
  add_number(app, "--seed", o.seed, "what they are invented from");
  add_time(app, "--from", o.from_ms, "oldest start time");
  add_time(app, "--to", o.to_ms, "end of the span (exclusive)");
  add_number(app, "--id-base", o.id_base, "smallest id");
  app.add_option("--untranscoded", o.untranscoded_percent, "percent ready for transcode")->check(percent);
  app.add_option("--archived", o.archived_percent, "percent archived")->check(percent);
  app.add_option("--unattended", o.unattended_percent, "percent unattended")->check(percent);
  app.add_option("--no-events", o.no_events_percent, "percent without events")->check(percent);
  app.add_option("--no-thumbnail", o.no_thumbnail_percent, "percent without thumbnail")->check(percent);
  add_size(app, "--size-min", o.size_min, "smallest mp4");
  add_size(app, "--size-max", o.size_max, "largest mp4");
  app.add_option("--thumbnail-suffix", o.thumbnail_suffix, "suffix of thumbnails");
  app.add_option("--files", o.files_dir, "folder of real recordings with a manifest.json");
  add_keys(app, "--account-key", o.account_keys, "accepted account key (repeatable)");
  add_keys(app, "--user-key", o.user_keys, "accepted user key (repeatable)");
  add_keys(app, "--company-id", o.company_ids, "accepted company id (repeatable)");
}

void add_credentials(CLI::App& app, SimOptions& o) {
  app.add_option("--access-token", o.access_token, "a fixed bearer token that is accepted");
  app.add_option("--client-id", o.client_id, "OAuth client");
  app.add_option("--client-secret", o.client_secret, "its secret");
  app.add_option("--refresh-token", o.refresh_token, "the first refresh token");
  app.add_flag("--rotate-refresh", o.rotate_refresh, "every refresh gives a new refresh token; the old one is dead");
  app.add_flag("--token-keys", o.token_keys, "account_key and organizer_key in token answers");
  app.add_flag("--deny-authorize", o.deny_authorize, "the authorize page answers access_denied");
  app.add_option("--token-ttl", o.token_ttl_seconds, "seconds")->check(CLI::NonNegativeNumber);
  app.add_option("--refresh-ttl", o.refresh_ttl_seconds, "seconds")->check(CLI::NonNegativeNumber);
  app.add_option("--auth-status", o.auth_status, "answer to a bad bearer token")->check(CLI::IsMember({401, 403}));
}

void add_behaviour(CLI::App& app, SimOptions& o) {
  app.add_flag("--to-time-inclusive,!--to-time-exclusive", o.to_time_inclusive, "how toTime is read");
  app.add_flag("--foreign-403", o.foreign_403, "urls: an id that is not of this account is a 403");
  app.add_option("--transcode-seconds", o.transcode_seconds, "how long a transcode takes")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--transcode-jitter", o.transcode_jitter, "up to so many seconds more, by id")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--ids-parameter", o.ids_parameter, "name of the urls parameter");
  add_choice<IdsStyle>(app, "--ids-style",
                       {{"repeat", IdsStyle::kRepeat}, {"comma", IdsStyle::kComma}, {"any", IdsStyle::kAny}},
                       o.ids_style, "repeat, comma or any");
  app.add_option_function<std::vector<std::string>>(
      "--quirk",
      [&o](const std::vector<std::string>& names) {
        for (const std::string& name : names) {
          const auto it = quirk_names().find(name);
          if (it == quirk_names().end()) throw CLI::ValidationError("--quirk", fmt::format("\"{}\" is unknown", name));
          o.quirks.insert(it->second);
        }
      },
      "a variation of the wire format (repeatable)");
  app.add_option_function<std::vector<std::string>>(
      "--bad-entry",
      [&o](const std::vector<std::string>& entries) {
        for (const std::string& entry : entries) {
          const std::size_t colon = entry.find(':');
          const auto id = parse_unsigned(entry.substr(0, colon));
          const auto field =
              colon == std::string::npos ? bad_field_names().end() : bad_field_names().find(entry.substr(colon + 1));
          if (!id || field == bad_field_names().end()) {
            throw CLI::ValidationError("--bad-entry", fmt::format("\"{}\" is not ID:id|size|time|scheme", entry));
          }
          o.bad_entries[*id] = field->second;
        }
      },
      "ID:FIELD, a urls entry that is broken (repeatable)");
  add_time(app, "--now", o.now_ms, "what the clock shows at start");
}

void add_media(CLI::App& app, SimOptions& o) {
  app.add_option("--url-ttl", o.url_ttl_seconds, "seconds a media URL is valid")->check(CLI::NonNegativeNumber);
  app.add_option("--url-status", o.url_status, "answer to an expired URL")->check(CLI::IsMember({401, 403, 404, 410}));
  app.add_flag("--token-in-query", o.token_in_query, "/r/<id>.mp4?token=… instead of /r/<token>/<id>.mp4");
  app.add_option("--media-base", o.media_base, "media are at <this>/<id>.mp4 and so on (another server's)");
  app.add_flag("--ignore-ranges", o.ignore_ranges, "always 200");
  app.add_flag("--no-etag", o.no_etag, "no ETag");
  app.add_flag("--no-last-modified", o.no_last_modified, "no Last-Modified");
}

// What no single option can check.
void check(const SimOptions& o) {
  if (o.to_ms <= o.from_ms) throw CLI::ValidationError("--to", "is not after --from");
  if (o.size_max < o.size_min) throw CLI::ValidationError("--size-max", "is less than --size-min");
  if (o.user_keys.size() > 65'535 || o.company_ids.size() > 65'535) {
    throw CLI::ValidationError("--user-key", "there are too many keys");
  }
  if (o.count > kMaxCount) throw CLI::ValidationError("--count", fmt::format("is more than {}", kMaxCount));
  if (o.count != 0 && o.id_base > UINT64_MAX - o.count * 16) {
    throw CLI::ValidationError("--id-base", "leaves no room for ids below 2^64");
  }
}

}  // namespace

std::optional<CliOptions> parse_command_line(int argc, char** argv, int& exit_code) {
  CliOptions cli;
  CLI::App app{"Simulates a GoToAssist account with session recordings: API, OAuth and media, on 127.0.0.1.",
               "g2a-sim"};
  add_listening(app, cli);
  add_account(app, cli.sim);
  add_credentials(app, cli.sim);
  add_behaviour(app, cli.sim);
  add_media(app, cli.sim);
  try {
    app.parse(argc, argv);
    check(cli.sim);
    return cli;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    exit_code = 0;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "g2a-sim: {}\n", error.what());
    exit_code = 2;
  }
  return std::nullopt;
}

}  // namespace g2a_sim
