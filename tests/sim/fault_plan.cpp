// SPDX-License-Identifier: MIT
#include "sim/fault_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/random.hpp"
#include "sim/recording_json.hpp"

namespace g2a_sim {
namespace {

constexpr std::pair<const char*, FaultKind> kKinds[]{{"status", FaultKind::kStatus},
                                                     {"html", FaultKind::kHtml},
                                                     {"redirect", FaultKind::kRedirect},
                                                     {"redirect-loop", FaultKind::kRedirectLoop},
                                                     {"bad-json", FaultKind::kBadJson},
                                                     {"empty", FaultKind::kEmpty},
                                                     {"reset", FaultKind::kReset},
                                                     {"close", FaultKind::kClose},
                                                     {"truncate", FaultKind::kTruncate},
                                                     {"stall", FaultKind::kStall},
                                                     {"drip", FaultKind::kDrip},
                                                     {"garbage", FaultKind::kGarbage},
                                                     {"latency", FaultKind::kLatency},
                                                     {"gzip", FaultKind::kGzip},
                                                     {"wrong-content-range", FaultKind::kWrongContentRange},
                                                     {"wrong-length", FaultKind::kWrongLength},
                                                     {"short-range", FaultKind::kShortRange},
                                                     {"ignore-range", FaultKind::kIgnoreRange},
                                                     {"change-object", FaultKind::kChangeObject}};

constexpr std::int64_t kMaxDelta = 1LL << 40;

// Retry-After may be seconds or a date, and wrong on purpose: a string goes out as it is.
std::string retry_after_of(ObjectReader& reader, const nlohmann::json& json) {
  if (json.is_object() && json.contains("retry_after") && json["retry_after"].is_string()) {
    return reader.string("retry_after").value();
  }
  const auto seconds = reader.unsigned_number("retry_after");
  return seconds ? std::to_string(*seconds) : "";
}

}  // namespace

const char* fault_name(FaultKind kind) {
  for (const auto& [name, value] : kKinds) {
    if (value == kind) return name;
  }
  return "?";
}

Fault FaultPlan::parse(const nlohmann::json& json) {
  ObjectReader reader(json, "fault");
  Fault fault;
  const std::string endpoint = reader.string("endpoint").value_or("any");
  if (endpoint != "any") {
    fault.endpoint = endpoint_of(endpoint);
    if (!fault.endpoint) reader.fail("endpoint", fmt::format("\"{}\" is unknown", endpoint));
  }
  const std::string kind = reader.string("kind").value_or("");
  const auto* known =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return k.first == kind; });
  if (known == std::end(kKinds)) reader.fail("kind", fmt::format("\"{}\" is unknown", kind));
  fault.kind = known->second;
  const int usual_status = fault.kind == FaultKind::kStatus                                               ? 503
                           : fault.kind == FaultKind::kRedirect || fault.kind == FaultKind::kRedirectLoop ? 302
                                                                                                          : 200;
  fault.status = static_cast<int>(reader.unsigned_number("status", 999).value_or(usual_status));
  if (fault.status < 200) reader.fail("status", "is less than 200");
  fault.after_bytes = reader.unsigned_number("after_bytes");
  fault.retry_after = retry_after_of(reader, json);
  fault.times = reader.integer("times").value_or(1);
  fault.skip = reader.unsigned_number("skip").value_or(0);
  fault.percent = reader.number("percent").value_or(100);
  fault.seconds = reader.number("seconds").value_or(0);
  fault.bytes_per_second = reader.unsigned_number("bytes_per_second").value_or(1024);
  fault.delta = reader.integer("delta").value_or(fault.kind == FaultKind::kWrongContentRange ? 1 : -1);
  if (fault.delta < -kMaxDelta || fault.delta > kMaxDelta) reader.fail("delta", "is beyond 2^40");
  fault.location = reader.string("location").value_or("");
  fault.body = reader.string("body").value_or("");
  fault.match = reader.string("match").value_or("");
  fault.apply = reader.boolean("apply");
  reader.finish();
  return fault;
}

std::uint64_t FaultPlan::add(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault.number = next_++;
  faults_.push_back(std::move(fault));
  return faults_.back().number;
}

void FaultPlan::clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::optional<Fault> FaultPlan::take(Endpoint endpoint, std::string_view target) {
  const std::lock_guard lock(mutex_);
  for (Fault& fault : faults_) {
    if (fault.times == 0) continue;
    if (fault.endpoint && *fault.endpoint != endpoint) continue;
    if (target.find(fault.match) == std::string_view::npos) continue;
    const bool redirects = fault.kind == FaultKind::kRedirect;
    if (redirects && target.find("sim-redirected=1") != std::string_view::npos) continue;  // has been there
    ++fault.seen;
    if (fault.seen <= fault.skip) continue;
    if (!chance(hash_of(fault.number, fault.seen), fault.percent)) continue;
    if (fault.times > 0) --fault.times;
    ++fault.hit;
    return fault;
  }
  return std::nullopt;
}

nlohmann::json FaultPlan::to_json() const {
  auto list = nlohmann::json::array();
  const std::lock_guard lock(mutex_);
  for (const Fault& f : faults_) {
    list.push_back({{"number", f.number},
                    {"endpoint", f.endpoint ? endpoint_name(*f.endpoint) : "any"},
                    {"kind", fault_name(f.kind)},
                    {"match", f.match},
                    {"times_left", f.times},
                    {"seen", f.seen},
                    {"hit", f.hit}});
  }
  return list;
}

void FaultPlan::set_latency(std::optional<Endpoint> endpoint, double ms) {
  const std::lock_guard lock(mutex_);
  if (endpoint) {
    latency_ms_[static_cast<std::size_t>(*endpoint)] = ms;
  } else {
    latency_ms_.fill(ms);
  }
}

double FaultPlan::latency_seconds(Endpoint endpoint) const {
  const std::lock_guard lock(mutex_);
  return latency_ms_[static_cast<std::size_t>(endpoint)] / 1000;
}

}  // namespace g2a_sim
