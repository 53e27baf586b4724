// SPDX-License-Identifier: MIT
// Reads a folder of real recordings: DIR/manifest.json, an array of
//   {"id":1,"start":"2020-05-01T10:00:00Z","session_type":0,"archived":0,"state":"ready",
//    "mp4":"a.mp4","events":"a.events","thumbnail":"a.jpg"}
// with file names relative to DIR, any of which may be absent. Any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/recording.hpp"

namespace g2a_sim {

// A start that cannot succeed; what() is one line for people.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws StartError.
std::vector<std::pair<Recording, Details>> read_manifest(const std::string& dir);

}  // namespace g2a_sim
