// SPDX-License-Identifier: MIT
// Bytes that can be read at any offset: what a response body is made of. Any thread: sources are immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace g2a_sim {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `out` from `offset`; offset + out.size() must not exceed size(). False when the bytes cannot be
  // had.
  virtual bool read(std::uint64_t offset, std::span<char> out) const = 0;
};

// A file of the machine. `version` 0 is the file as it is; any other gives different bytes of the same
// length, as a recording whose object was replaced. Null when the file cannot be opened.
std::shared_ptr<const ByteSource> open_file_source(const std::string& path, std::uint32_t version);

// The whole of a source; for tests and small answers.
std::string read_all(const ByteSource& source);

}  // namespace g2a_sim
