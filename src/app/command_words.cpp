// SPDX-License-Identifier: MIT
#include "command_words.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "g2afs/app/one_line.hpp"

namespace g2afs {

std::optional<Result<Command>> parse_by_word(std::span<const CommandWord> words, int argc, const char* const* argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  for (const CommandWord& command : words) {
    if (first != command.word) continue;
    CLI::App app;
    app.allow_extras();  // operands_of() takes them
    app.set_help_flag("-h,--help");
    try {
      return command.parse(app, argc - 1, argv + 1);
    } catch (const CLI::CallForHelp&) {
      return HelpCommand{command.help};
    } catch (const CLI::ParseError& error) {
      const std::string_view what = error.what();
      return wrong_command(first, one_line(what.substr(0, what.find('\n'))));
    }
  }
  return std::nullopt;
}

tl::unexpected<Error> wrong_command(std::string_view command, std::string_view why) {
  return fail(Errc::Invalid, fmt::format("{}: {} (see g2afs {} --help)", command, why, command));
}

Result<std::vector<std::string>> operands_of(const CLI::App& app, std::string_view command, std::string_view name) {
  std::vector<std::string> operands;
  bool options = true;
  for (const std::string& word : app.remaining()) {
    if (options && word == "--") {
      options = false;
    } else if (options && word.size() > 1 && word.front() == '-') {
      return wrong_command(command, one_line(word) + ": unknown option");
    } else if (word.empty()) {
      return wrong_command(command, fmt::format("{} is empty", name));
    } else {
      operands.push_back(word);
    }
  }
  if (operands.empty()) return wrong_command(command, fmt::format("{} is needed", name));
  return operands;
}

Result<std::string> operand_of(const CLI::App& app, std::string_view command, std::string_view name) {
  auto operands = operands_of(app, command, name);
  if (!operands) return fail(std::move(operands).error());
  if (operands->size() > 1) return wrong_command(command, one_line((*operands)[1]) + ": one argument too many");
  return std::move(operands->front());
}

}  // namespace g2afs
