// SPDX-License-Identifier: MIT
// The steps of `g2afs check`: what each found, which could not be taken because of another, and how that is told. One
// thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/text_line.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

/// What a step found.
struct Finding {
  enum class Result { Ok, Failed, Skipped };
  Result result = Result::Ok;
  std::string why;     // one line; of Ok, what there is to know
  std::string remedy;  // what to do about it; empty where that is not known
  int status = kFine;  // the exit status that it calls for
};

Finding found(std::string why);
/// There was nothing to do. What needs this step is not kept from going on.
Finding skipped(std::string why);
/// Refused credentials and requests call for the exit status that a mount has for them.
Finding failed(const Error& error, std::string remedy = {});

class Checklist {
 public:
  struct Step {
    std::string name;
    Finding finding;
    std::string cause;  // the step that has to do with its being skipped; empty: none
  };

  /// `on_step` is told each step as it is over.
  explicit Checklist(std::function<void(const Step&)> on_step = {}) : on_step_(std::move(on_step)) {}

  /// Whether all of these steps have been taken without a failure. If not, the step is over: it is skipped, and says why.
  bool may(std::string_view step, std::initializer_list<std::string_view> needs);
  void add(std::string_view step, Finding finding);

  const std::vector<Step>& steps() const { return steps_; }
  /// Names of those that failed, `dns, token`; empty: all is well.
  std::string failures() const;
  int exit_status() const;

 private:
  void add(Step step);
  std::function<void(const Step&)> on_step_;
  std::vector<Step> steps_;
};

/// `failed  token        why` and, where something can be done, a line with it; for people. What is longer than a line goes
/// on below itself.
std::string step_text(const Checklist::Step& step, TextStyle style);
/// An array of {"step", "result", "why", "do"}, with a final newline; `do` is null where there is nothing.
std::string steps_json(const std::vector<Checklist::Step>& steps);

}  // namespace g2afs
