// SPDX-License-Identifier: MIT
// The command lines that begin with a word (login, wait, cache…): what they have in common. Any thread; pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "g2afs/app/command_line.hpp"

namespace CLI {
class App;
}

namespace g2afs {

struct CommandWord {
  const char* word;
  /// Has the options defined, parses (argv[0] is the word) and takes what came of it; may throw what CLI11 throws.
  Result<Command> (*parse)(CLI::App& app, int argc, const char* const* argv);
  std::string help;
};

/// By the first argument; nothing where it is none of these words. Whatever is wrong is Invalid, in one line that names the
/// command and its --help.
std::optional<Result<Command>> parse_by_word(std::span<const CommandWord> words, int argc, const char* const* argv);

/// `wait: <why> (see g2afs wait --help)`
tl::unexpected<Error> wrong_command(std::string_view command, std::string_view why);

/// All words that belong to no option, at least one. Not options of CLI11's own, which would take `[a,b]` apart.
Result<std::vector<std::string>> operands_of(const CLI::App& app, std::string_view command, std::string_view name);
/// The only one.
Result<std::string> operand_of(const CLI::App& app, std::string_view command, std::string_view name);

}  // namespace g2afs
