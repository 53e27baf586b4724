// SPDX-License-Identifier: MIT
#include "g2afs/base/log.hpp"

#include <optional>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

namespace g2afs {
namespace {

/// The payload as the inside of a JSON string.
class JsonPayload final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    for (const char c : std::string_view(message.payload.data(), message.payload.size())) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (static_cast<unsigned char>(c) < 0x20) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
      } else {
        out.push_back(c);
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonPayload>(); }
};

std::unique_ptr<spdlog::pattern_formatter> make_formatter(bool json, bool syslog) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonPayload>('*');
  formatter->set_pattern(json     ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})"
                         : syslog ? "%v"
                                  : "%Y-%m-%dT%H:%M:%S.%eZ %l %v");
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

}  // namespace

Result<void> set_level(Log& log, const std::string& level) {
  const auto parsed = parse_level(level);
  if (!parsed) return fail(Errc::Invalid, "log_level must be error, warning, info, debug or trace");
  log.set_level(*parsed);
  return {};
}

Result<std::shared_ptr<Log>> make_log(const LogOptions& options) {
  if (options.format != "text" && options.format != "json") {
    return fail(Errc::Invalid, "log_format must be text or json");
  }
  const bool syslog = options.file.empty() && options.syslog;
  spdlog::sink_ptr sink;
  try {
    if (!options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    } else if (syslog) {
      sink = std::make_shared<spdlog::sinks::syslog_sink_mt>("g2afs", LOG_PID, LOG_DAEMON, true);
    } else {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Errc::Invalid, fmt::format("log_file cannot be written: {}", error.what()));
  }
  auto log = std::make_shared<Log>("g2afs", std::move(sink));
  log->set_formatter(make_formatter(options.format == "json", syslog));
  if (auto set = set_level(*log, options.level); !set) return fail(set.error());
  log->flush_on(spdlog::level::info);
  return log;
}

std::shared_ptr<Log> make_null_log() {
  return std::make_shared<Log>("g2afs", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace g2afs
