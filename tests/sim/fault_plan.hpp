// SPDX-License-Identifier: MIT
// Faults that a test ordered, and latencies. A fault waits until a request matches it; the oldest that
// matches and has times left is taken. Any thread: one mutex.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/request_log.hpp"

namespace g2a_sim {

enum class FaultKind {
  // Another answer takes the place of the real one; the call is not carried out (unless "apply").
  kStatus,
  kHtml,
  kRedirect,
  kRedirectLoop,
  kBadJson,
  kEmpty,
  // The call is carried out (unless "apply" is false), its answer is delivered badly.
  kReset,
  kClose,
  kTruncate,
  kStall,
  kDrip,
  kGarbage,
  kLatency,
  kGzip,
  // Media only.
  kWrongContentRange,
  kWrongLength,
  kShortRange,
  kIgnoreRange,
  kChangeObject
};

struct Fault {
  std::optional<Endpoint> endpoint;  // absent: any
  FaultKind kind = FaultKind::kStatus;
  int status = 0;
  std::optional<std::uint64_t> after_bytes;
  std::string retry_after;
  std::int64_t times = 1;  // -1: for ever
  std::uint64_t skip = 0;  // this many matching requests pass first
  double percent = 100;    // of the matching requests, by a seeded draw
  double seconds = 0;
  std::uint64_t bytes_per_second = 1024;
  std::int64_t delta = 0;
  std::string location;
  std::string body;
  std::string match;
  std::optional<bool> apply;
  std::uint64_t number = 0;
  std::uint64_t seen = 0;
  std::uint64_t hit = 0;

  bool carried_out() const { return apply.value_or(kind >= FaultKind::kReset); }
};

const char* fault_name(FaultKind kind);

class FaultPlan {
 public:
  // Throws JsonError (recording_json.hpp).
  static Fault parse(const nlohmann::json& json);

  std::uint64_t add(Fault fault);
  void clear();
  std::optional<Fault> take(Endpoint endpoint, std::string_view target);
  nlohmann::json to_json() const;

  void set_latency(std::optional<Endpoint> endpoint, double ms);  // no endpoint: all
  double latency_seconds(Endpoint endpoint) const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::vector<Fault> faults_;
  std::array<double, kEndpoints> latency_ms_{};
};

}  // namespace g2a_sim
