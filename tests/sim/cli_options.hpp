// SPDX-License-Identifier: MIT
// The command line of g2a-sim.
#pragma once

#include <optional>
#include <string>

#include "sim/sim_options.hpp"

namespace g2a_sim {

struct CliOptions {
  SimOptions sim;
  std::string port_file;
  bool die_with_parent = false;
  double lifetime_seconds = 0;  // 0: until a signal
  bool quiet = false;
};

// Nothing when the program shall end with `exit_code` at once; whatever there was to say has been printed.
std::optional<CliOptions> parse_command_line(int argc, char** argv, int& exit_code);

}  // namespace g2a_sim
