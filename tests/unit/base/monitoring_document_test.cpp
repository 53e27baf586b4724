// SPDX-License-Identifier: MIT
// docs/MONITORING.md, the dashboard and the alerts name what there is, and all of it.
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "g2afs/base/metrics.hpp"
#include "g2afs/base/process_metrics.hpp"

namespace g2afs {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;
using ::testing::Not;

std::string text_of(const char* name) {
  std::ifstream file(std::string(G2AFS_DOCUMENTS) + '/' + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// By name: the type.
std::map<std::string, std::string> known() {
  std::map<std::string, std::string> all;
  const Metrics metrics;
  for (const auto& one : metrics.described()) all[one.name] = one.type;
  for (const auto& one : process_metrics()) {
    all[one.name] = one.type == prometheus::MetricType::Counter ? "counter" : "gauge";
  }
  return all;
}

/// Whatever looks like the name of a metric of ours, in an expression, and is none: empty where all is well.
std::set<std::string> unknown_in(const std::string& expression, std::set<std::string>* found = nullptr) {
  const auto all = known();
  const std::regex name("\\b(g2afs|process)_[a-z0-9_]+");
  std::set<std::string> unknown;
  for (std::sregex_iterator at(expression.begin(), expression.end(), name), end; at != end; ++at) {
    auto metric = at->str();
    const auto series = std::regex_replace(metric, std::regex("_(bucket|sum|count)$"), "");
    const auto histogram = all.find(series);
    if (metric != series && histogram != all.end() && histogram->second == "histogram") metric = series;
    const auto one = all.find(metric);
    // The bare name of a histogram has no series.
    if (one == all.end() || (one->second == "histogram" && at->str() == metric)) unknown.insert(at->str());
    if (found != nullptr) found->insert(metric);
  }
  return unknown;
}

TEST(MonitoringDocument, HasEveryMetricAndNoOther) {
  std::map<std::string, std::string> documented;
  const std::string text = text_of("MONITORING.md");
  const std::regex row("\n\\| `([a-z0-9_]+)` \\| ([a-z]+) \\|");
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) documented[(*at)[1]] = (*at)[2];
  EXPECT_EQ(documented, known());
}

TEST(MonitoringDocument, EveryMetricIsDescribed) {
  Metrics metrics;
  metrics.api_requests("list", "200");
  metrics.media_requests("206");
  metrics.retries("stall");
  metrics.read_errors("changed");
  metrics.recordings("ready");
  metrics.api_seconds("list");
  metrics.token_expiry();
  const std::string text = metrics.text();
  for (const auto& [name, type] : known()) {
    EXPECT_NE(text.find("# TYPE " + name + ' ' + type + '\n'), std::string::npos) << name;
    EXPECT_NE(text.find("# HELP " + name + ' '), std::string::npos) << name;
  }
}

TEST(Dashboard, AsksForWhatThereIs) {
  const json dashboard = json::parse(text_of("grafana/g2afs.json"));
  std::set<std::string> shown, ids;
  for (const json& panel : dashboard.at("panels")) {
    EXPECT_TRUE(ids.insert(panel.at("id").dump()).second) << panel.at("title");
    for (const json& target : panel.at("targets")) {
      EXPECT_THAT(unknown_in(target.at("expr"), &shown), IsEmpty()) << panel.at("title");
      EXPECT_EQ(target.at("datasource").at("uid"), "${datasource}") << panel.at("title");
    }
  }
  for (const auto& [name, type] : known()) {
    const bool of_the_process = name == "process_virtual_memory_bytes";  // it says nothing of use
    EXPECT_TRUE(of_the_process || shown.count(name) == 1) << name << " is in no panel";
  }
}

TEST(Alerts, AskForWhatThereIs) {
  std::set<std::string> watched;
  EXPECT_THAT(unknown_in(text_of("grafana/alerts.yml"), &watched), IsEmpty());
  EXPECT_THAT(watched, Not(IsEmpty()));
  EXPECT_THAT(unknown_in("rate(g2afs_read_duration_seconds[5m]) + g2afs_open_files_sum"), testing::SizeIs(2))
      << "the check itself";
}

}  // namespace
}  // namespace g2afs
