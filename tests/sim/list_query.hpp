// SPDX-License-Identifier: MIT
// Reads the filters of the list call, strictly: API.md's 400s and 403s come from here. Any thread: pure
// functions.
#pragma once

#include <string>
#include <variant>

#include "sim/account.hpp"
#include "sim/http_message.hpp"
#include "sim/sim_options.hpp"

namespace g2a_sim {

struct Refusal {
  int status;
  std::string why;
};

std::variant<ListFilter, Refusal> parse_list_query(const Fields& query, const SimOptions& options, std::int64_t now_ms);

// Names of query parameters that mean nothing; for the log.
std::string unknown_parameters(const Fields& query);

}  // namespace g2a_sim
