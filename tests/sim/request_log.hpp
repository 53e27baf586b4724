// SPDX-License-Identifier: MIT
// What was asked and how it went: a record a request, and counters an endpoint. A test asks for both over the
// control endpoint right after its client has the answer, so a record is brought up to date before the bytes
// it speaks of are sent: whoever has seen the end of a response finds it complete in the log, and a peak of
// concurrency never counts a request whose client has already moved on. Any thread: one mutex.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "sim/http_message.hpp"

namespace g2a_sim {

enum class Endpoint : std::uint8_t { kList, kUrls, kTranscode, kArchive, kToken, kAuthorize, kMedia, kOther };
inline constexpr std::size_t kEndpoints = 8;

const char* endpoint_name(Endpoint endpoint);
std::optional<Endpoint> endpoint_of(std::string_view name);

struct LogEntry {
  std::uint64_t n = 0;
  double t = 0;  // seconds since the simulator started
  Endpoint endpoint = Endpoint::kOther;
  std::string method, target, range, authorization, accept, accept_encoding, user_agent, note, fault;
  std::uint64_t connection = 0;
  int status = 0;
  std::uint64_t bytes = 0;  // of the body
  std::uint64_t ids_count = 0, returned = 0;
  int concurrent = 0;  // of this endpoint, itself included, when it came
  bool authorization_leaked = false;
  bool open = true;  // not wholly answered yet
};

class RequestLog {
 public:
  explicit RequestLog(std::size_t limit) : limit_(limit), begin_(std::chrono::steady_clock::now()) {}

  // Follows one request; its end (at the latest the destructor) closes the record.
  class Trace {
   public:
    Trace(RequestLog& log, std::shared_ptr<LogEntry> entry) : log_(log), entry_(std::move(entry)) {}
    Trace(const Trace&) = delete;
    Trace& operator=(const Trace&) = delete;
    ~Trace();

    void ids(std::uint64_t count);
    void returned(std::uint64_t count);
    void leaked();
    void answering(int status, const std::string& note, const std::string& fault);
    void sending(std::uint64_t bytes);  // about to be sent
    void unsent(std::uint64_t bytes);   // were not
    void stalled(bool yes);
    void failed();  // the connection broke off
    void finish();

   private:
    RequestLog& log_;
    std::shared_ptr<LogEntry> entry_;
    bool finished_ = false;
    bool stalled_ = false;
  };

  std::unique_ptr<Trace> begin(Endpoint endpoint, const HttpRequest& request);

  // Records with n > since, of one endpoint or all.
  nlohmann::json entries(std::optional<Endpoint> endpoint, std::uint64_t since, std::size_t limit) const;
  nlohmann::json counts() const;
  void clear();

 private:
  struct Counters {
    std::uint64_t requests = 0, bytes = 0, errors = 0, ids = 0;
    int now = 0, peak = 0, stalled = 0;
    std::map<int, std::uint64_t> by_status;
  };

  Counters& of(const LogEntry& entry) { return counters_[static_cast<std::size_t>(entry.endpoint)]; }

  std::size_t limit_;
  std::chrono::steady_clock::time_point begin_;
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::uint64_t leaks_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<std::shared_ptr<LogEntry>> entries_;
  std::array<Counters, kEndpoints> counters_;
};

}  // namespace g2a_sim
