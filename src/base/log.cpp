// SPDX-License-Identifier: MIT
#include "g2afs/base/log.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

namespace g2afs {
namespace {

std::string_view payload(const spdlog::details::log_msg& message) {
  return {message.payload.data(), message.payload.size()};
}

/// The message as a JSON string; what is not UTF-8 becomes U+FFFD.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    constexpr int kCompact = -1;
    constexpr bool kAscii = false;
    const nlohmann::json text(payload(message));
    const std::string quoted = text.dump(kCompact, ' ', kAscii, nlohmann::json::error_handler_t::replace);
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

/// The message as one line: a control character could end it and begin another that nobody has logged.
class TextMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    for (const char c : payload(message)) {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back(byte < 0x20 || byte == 0x7f ? ' ' : c);
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<TextMessage>(); }
};

std::unique_ptr<spdlog::pattern_formatter> make_formatter(bool json, bool syslog) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('j').add_flag<TextMessage>('q');
  formatter->set_pattern(json     ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%j})"
                         : syslog ? "%q"
                                  : "%Y-%m-%dT%H:%M:%S.%eZ %l %q");
  return formatter;
}

std::optional<spdlog::level::level_enum> parse_level(const std::string& name) {
  if (name == "error") return spdlog::level::err;
  if (name == "warning") return spdlog::level::warn;
  if (name == "info") return spdlog::level::info;
  if (name == "debug") return spdlog::level::debug;
  if (name == "trace") return spdlog::level::trace;
  return std::nullopt;
}

/// Holds the one sink that lines go to at the time: it can be exchanged while others log.
using Exchangeable = spdlog::sinks::dist_sink_mt;

/// `now`: where lines go so far, or null.
Result<spdlog::sink_ptr> make_sink(const LogOptions& options, const spdlog::sink_ptr& now) {
  // Who opens a pipe waits for its reader, here on the loop; and so does who writes to one that is full.
  std::error_code ignored;  // whether it can be opened is seen below
  if (!options.file.empty() && std::filesystem::is_fifo(options.file, ignored)) {
    return fail(Errc::Invalid, fmt::format("log_file cannot be written: {} is a pipe", options.file));
  }
  try {
    if (!options.file.empty()) return std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    if (!options.syslog) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    // A process has one connection to syslog, and the end of the old sink would close it for the new one.
    if (std::dynamic_pointer_cast<spdlog::sinks::syslog_sink_mt>(now)) return now;
    return std::make_shared<spdlog::sinks::syslog_sink_mt>("g2afs", LOG_PID, LOG_DAEMON, true);
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Errc::Invalid, fmt::format("log_file cannot be written: {}", error.what()));
  }
}

Result<void> apply(Log& log, Exchangeable& place, const LogOptions& options) {
  const auto level = parse_level(options.level);
  if (!level) return fail(Errc::Invalid, "log_level must be error, warning, info, debug or trace");
  if (options.format != "text" && options.format != "json") {
    return fail(Errc::Invalid, "log_format must be text or json");
  }
  auto sink = make_sink(options, place.sinks().empty() ? nullptr : place.sinks().front());
  if (!sink) return fail(std::move(sink).error());
  (*sink)->set_formatter(make_formatter(options.format == "json", options.file.empty() && options.syslog));
  place.set_sinks({*std::move(sink)});
  log.set_level(*level);
  return {};
}

}  // namespace

Result<std::shared_ptr<Log>> make_log(const LogOptions& options) {
  auto place = std::make_shared<Exchangeable>();
  auto log = std::make_shared<Log>("g2afs", place);
  if (auto applied = apply(*log, *place, options); !applied) return fail(std::move(applied).error());
  log->flush_on(spdlog::level::info);
  return log;
}

Result<void> change_log(Log& log, const LogOptions& options) {
  const auto place = std::dynamic_pointer_cast<Exchangeable>(log.sinks().front());
  if (!place) return fail(Errc::Internal, "this log goes nowhere");
  return apply(log, *place, options);
}

std::shared_ptr<Log> make_null_log() {
  return std::make_shared<Log>("g2afs", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace g2afs
