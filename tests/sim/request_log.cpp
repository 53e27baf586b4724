// SPDX-License-Identifier: MIT
#include "sim/request_log.hpp"

#include <algorithm>

namespace g2a_sim {
namespace {

constexpr std::array<const char*, kEndpoints> kNames{"list",  "urls",      "transcode", "archive",
                                                     "token", "authorize", "media",     "other"};

std::string text_of(const HttpRequest& request, std::string_view header) {
  return std::string(request.header(header).value_or(""));
}

std::string authorization_kind(const HttpRequest& request) {
  const auto value = request.header("Authorization");
  if (!value) return "none";
  if (value->starts_with("Bearer ")) return "bearer";
  return value->starts_with("Basic ") ? "basic" : "other";
}

nlohmann::json to_json(const LogEntry& e) {
  return {{"n", e.n},
          {"t", e.t},
          {"endpoint", endpoint_name(e.endpoint)},
          {"method", e.method},
          {"target", e.target},
          {"range", e.range},
          {"status", e.status},
          {"bytes", e.bytes},
          {"authorization", e.authorization},
          {"authorization_leaked", e.authorization_leaked},
          {"accept", e.accept},
          {"accept_encoding", e.accept_encoding},
          {"user_agent", e.user_agent},
          {"ids_count", e.ids_count},
          {"returned", e.returned},
          {"concurrent", e.concurrent},
          {"connection", e.connection},
          {"fault", e.fault},
          {"note", e.note},
          {"open", e.open}};
}

}  // namespace

const char* endpoint_name(Endpoint endpoint) { return kNames[static_cast<std::size_t>(endpoint)]; }

std::optional<Endpoint> endpoint_of(std::string_view name) {
  const auto it = std::find(kNames.begin(), kNames.end(), name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<Endpoint>(it - kNames.begin());
}

std::unique_ptr<RequestLog::Trace> RequestLog::begin(Endpoint endpoint, const HttpRequest& request) {
  auto entry = std::make_shared<LogEntry>();
  entry->endpoint = endpoint;
  entry->method = request.method;
  entry->target = request.target;
  entry->range = text_of(request, "Range");
  entry->authorization = authorization_kind(request);
  entry->accept = text_of(request, "Accept");
  entry->accept_encoding = text_of(request, "Accept-Encoding");
  entry->user_agent = text_of(request, "User-Agent");
  entry->connection = request.connection;
  const std::lock_guard lock(mutex_);
  entry->n = next_++;
  entry->t = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  Counters& counters = of(*entry);
  ++counters.requests;
  entry->concurrent = ++counters.now;
  counters.peak = std::max(counters.peak, counters.now);
  entries_.push_back(entry);
  if (entries_.size() > limit_) {
    entries_.pop_front();
    ++dropped_;
  }
  return std::make_unique<Trace>(*this, std::move(entry));
}

RequestLog::Trace::~Trace() { finish(); }

void RequestLog::Trace::ids(std::uint64_t count) {
  const std::lock_guard lock(log_.mutex_);
  entry_->ids_count = count;
  log_.of(*entry_).ids += count;
}

void RequestLog::Trace::returned(std::uint64_t count) {
  const std::lock_guard lock(log_.mutex_);
  entry_->returned = count;
}

void RequestLog::Trace::leaked() {
  const std::lock_guard lock(log_.mutex_);
  entry_->authorization_leaked = true;
  ++log_.leaks_;
}

void RequestLog::Trace::answering(int status, const std::string& note, const std::string& fault) {
  const std::lock_guard lock(log_.mutex_);
  entry_->status = status;
  entry_->note = note;
  entry_->fault = fault;
  Counters& counters = log_.of(*entry_);
  ++counters.by_status[status];
  if (status >= 400) ++counters.errors;
}

void RequestLog::Trace::sending(std::uint64_t bytes) {
  const std::lock_guard lock(log_.mutex_);
  entry_->bytes += bytes;
  log_.of(*entry_).bytes += bytes;
}

void RequestLog::Trace::unsent(std::uint64_t bytes) {
  const std::lock_guard lock(log_.mutex_);
  entry_->bytes -= std::min(entry_->bytes, bytes);
  log_.of(*entry_).bytes -= std::min(log_.of(*entry_).bytes, bytes);
}

void RequestLog::Trace::stalled(bool yes) {
  const std::lock_guard lock(log_.mutex_);
  if (stalled_ == yes) return;
  stalled_ = yes;
  log_.of(*entry_).stalled += yes ? 1 : -1;
}

void RequestLog::Trace::failed() {
  const std::lock_guard lock(log_.mutex_);
  if (entry_->status < 400) ++log_.of(*entry_).errors;
}

void RequestLog::Trace::finish() {
  const std::lock_guard lock(log_.mutex_);
  if (finished_) return;
  finished_ = true;
  entry_->open = false;
  --log_.of(*entry_).now;
  if (stalled_) --log_.of(*entry_).stalled;
  stalled_ = false;
}

nlohmann::json RequestLog::entries(std::optional<Endpoint> endpoint, std::uint64_t since, std::size_t limit) const {
  auto list = nlohmann::json::array();
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->n <= since || (endpoint && entry->endpoint != *endpoint)) continue;
    if (list.size() == limit) break;
    list.push_back(to_json(*entry));
  }
  return list;
}

nlohmann::json RequestLog::counts() const {
  nlohmann::json all;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kEndpoints; ++i) {
    const Counters& c = counters_[i];
    auto by_status = nlohmann::json::object();
    for (const auto& [status, count] : c.by_status) by_status[std::to_string(status)] = count;
    all[kNames[i]] = {
        {"requests", c.requests},     {"bytes", c.bytes}, {"errors", c.errors},       {"ids", c.ids},
        {"peak_concurrency", c.peak}, {"now", c.now},     {"stalled_now", c.stalled}, {"status", std::move(by_status)}};
  }
  all["authorization_leaked"] = leaks_;
  all["log_dropped"] = dropped_;
  return all;
}

void RequestLog::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  leaks_ = 0;
  dropped_ = 0;
  for (Counters& c : counters_) {
    // What is under way stays counted.
    Counters fresh;
    fresh.now = fresh.peak = c.now;
    fresh.stalled = c.stalled;
    c = std::move(fresh);
  }
}

}  // namespace g2a_sim
