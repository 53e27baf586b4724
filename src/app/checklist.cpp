// SPDX-License-Identifier: MIT
#include "g2afs/app/checklist.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/app/text_line.hpp"

namespace g2afs {
namespace {

using Kind = Finding::Result;

std::string_view name_of(Kind result) {
  switch (result) {
    case Kind::Ok: return "ok";
    case Kind::Failed: return "failed";
    case Kind::Skipped: return "skipped";
  }
  return "?";
}

Paint paint_of(Kind result) {
  switch (result) {
    case Kind::Ok: return Paint::Good;
    case Kind::Failed: return Paint::Bad;
    case Kind::Skipped: return Paint::Doubtful;
  }
  return Paint::Plain;
}

// Columns of the result, and what comes before the finding: the result, the step's name, and a blank after each.
constexpr std::size_t kResult = 7, kIndent = kResult + 1 + 12 + 1;

/// Goes on at that column, where the text's last line is already.
void add_below(std::string& text, const std::string& what, std::size_t column, TextStyle style) {
  const std::size_t room = style.columns > column ? style.columns - column : 1;
  std::string before;
  for (const std::string& words : wrapped(what, room)) {
    TextLine line({std::string::npos, style.colour});
    line.add(words);
    text += before + line.text() + '\n';
    before.assign(column, ' ');
  }
}

}  // namespace

Finding found(std::string why) { return {Kind::Ok, std::move(why), {}, kFine}; }

Finding skipped(std::string why) { return {Kind::Skipped, std::move(why), {}, kFine}; }

Finding failed(const Error& error, std::string remedy) {
  const int status = error.code == Errc::Denied ? kRefused : error.code == Errc::Invalid ? kUsage : kFailed;
  return {Kind::Failed, error.what, std::move(remedy), status};
}

bool Checklist::may(std::string_view step, std::initializer_list<std::string_view> needs) {
  for (const std::string_view need : needs) {
    const auto at = std::find_if(steps_.begin(), steps_.end(), [&](const Step& one) { return one.name == need; });
    if (at == steps_.end()) continue;
    const std::string cause = at->finding.result == Kind::Failed ? at->name : at->cause;
    if (cause.empty()) continue;
    add({std::string(step), skipped(cause + " failed"), cause});
    return false;
  }
  return true;
}

void Checklist::add(std::string_view step, Finding finding) { add({std::string(step), std::move(finding), {}}); }

void Checklist::add(Step step) {
  steps_.push_back(std::move(step));
  if (on_step_) on_step_(steps_.back());
}

std::string Checklist::failures() const {
  std::string names;
  for (const Step& step : steps_) {
    if (step.finding.result == Kind::Failed) names += (names.empty() ? "" : ", ") + step.name;
  }
  return names;
}

int Checklist::exit_status() const {
  int worst = kFine;
  // What the user wrote comes first, then credentials: it may be because of them that the rest fails.
  for (const int status : {kFailed, kRefused, kUsage}) {
    const auto calls_for = [&](const Step& step) { return step.finding.status == status; };
    if (std::any_of(steps_.begin(), steps_.end(), calls_for)) worst = status;
  }
  return worst;
}

std::string step_text(const Checklist::Step& step, TextStyle style) {
  const Finding& finding = step.finding;
  const std::string_view name = name_of(finding.result);
  // Wrapped, where a TextLine is cut.
  const TextStyle whole{std::string::npos, style.colour};
  TextLine head(whole);
  head.add(name, paint_of(finding.result));
  head.add(fmt::format("{:{}} {:<12} ", "", kResult - name.size(), step.name));
  std::string text = head.text();
  add_below(text, finding.why, kIndent, style);
  if (!finding.remedy.empty()) {
    text += fmt::format("{:{}}do: ", "", kIndent);
    add_below(text, finding.remedy, kIndent + 4, style);
  }
  return text;
}

std::string steps_json(const std::vector<Checklist::Step>& steps) {
  using Json = nlohmann::ordered_json;
  Json array = Json::array();
  for (const auto& step : steps) {
    const std::string& remedy = step.finding.remedy;
    array.push_back({{"step", step.name},
                     {"result", name_of(step.finding.result)},
                     {"why", step.finding.why},
                     {"do", remedy.empty() ? Json(nullptr) : Json(remedy)}});
  }
  return array.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace g2afs
