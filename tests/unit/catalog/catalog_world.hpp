// SPDX-License-Identifier: MIT
// A catalogue of a test's account, and what a user and the kernel do with it.
#pragma once

#include "fakes/temporary_directory.hpp"
#include "world.hpp"

#include "g2afs/catalog/store.hpp"

namespace g2afs::test {

using namespace std::chrono_literals;

/// Remembers what the kernel was told.
class FakeKernelCache final : public KernelCache {
 public:
  void entry_gone(Ino parent, Ino child, std::string name) override {
    if (!parse_ino(child)) throw std::logic_error("a number that is never given out");
    gone.push_back(path_of(parent) + name);
  }
  void changed(Ino ino) override { changes.push_back(ino); }

  std::vector<std::string> gone;  // paths
  std::vector<Ino> changes;

 private:
  static std::string path_of(Ino ino) {
    const InodeParts parts = parse_ino(ino).value();
    if (parts.what == InodeParts::What::Root) return "";
    if (parts.what == InodeParts::What::Recording) {
      return DateDir::of(parts.day).path() + "/" + std::to_string(parts.bits) + "/";
    }
    return DateDir{parts.date.year, parts.date.month, parts.date.day}.path() + "/";
  }
};

class CatalogWorld : public World {
 public:
  explicit CatalogWorld(const std::string& zone_name = "UTC", Filters shown_ones = {},
                        Time now = at("2016-12-01T12:00:00Z"))
      : World(zone_name, shown_ones, now), catalog(loop, enumerator, clock, metrics, log, options()) {
    catalog.set_kernel_cache(&kernel);
  }
  ~CatalogWorld() {
    // A test that failed may have left tasks behind.
    loop.cancel_all();
    loop.run_until_idle(1s);
  }

  CatalogOptions options() const {
    CatalogOptions chosen;
    chosen.filters = filters;
    return chosen;
  }

  /// A process ends and another begins, with nothing but what is stored.
  void remount() {
    const TemporaryDirectory directory;
    const auto path = directory / "catalog.sqlite";
    {
      Store store(path, options().dir_ttl, clock, log);
      store.load();
      store.changed(catalog.tree());
    }
    std::destroy_at(&catalog);
    std::construct_at(&catalog, loop, enumerator, clock, metrics, log, options());
    catalog.set_kernel_cache(&kernel);
    catalog.restore(Store(path, options().dir_ttl, clock, log).load());
  }

  // What a user does.

  Result<void> list(DateDir dir) { return run(catalog.list(dir)); }
  Result<void> locate(DateDir dir) { return run(catalog.locate(dir)); }
  Result<void> refresh(DateDir dir) { return run(catalog.refresh(dir)); }
  /// As a path is resolved: each directory is located, then the last is listed.
  Result<void> list_path(DateDir dir) {
    for (const DateDir& step : {DateDir{dir.year, 0, 0}, DateDir{dir.year, dir.month, 0}, dir}) {
      if (const auto located = locate(step); !located) return located;
    }
    return list(dir);
  }
  /// Lists everything, each directory after the one before it; false if a listing failed.
  bool find(DateDir dir = DateDir::root()) {
    if (!list(dir)) return false;
    if (dir.is_day()) return true;
    const auto children = shown_children(dir);
    return std::all_of(children.begin(), children.end(), [this](const DateDir& child) { return find(child); });
  }

  /// The same of a tree that is known, as `find` does it: each directory is served as it is, at ten thousand recordings a
  /// second, and refreshed behind.
  bool find_known() {
    bool good = true;
    loop.spawn(walk_known(*this, DateDir::root(), good));
    return clock.run(loop) && good;
  }
  static Task<> walk_known(CatalogWorld& world, DateDir dir, bool& good) {
    const Result<void> listed = co_await world.catalog.list(dir);
    good = good && listed;
    if (dir.is_day()) co_await world.clock.sleep(world.day_recordings(dir.span().begin).size() * 100us);
    if (dir.is_day()) co_return;
    const auto children = world.shown_children(dir);
    for (const DateDir& child : children) co_await walk_known(world, child, good);
  }

  // What he sees.

  std::vector<DateDir> shown_children(const DateDir& dir) const { return g2afs::shown_children(*catalog.tree(), dir); }
  std::vector<std::string> names(const DateDir& dir) const {
    std::vector<std::string> all;
    for (const DateDir& child : shown_children(dir)) all.push_back(child.name());
    return all;
  }
  /// Every recording that can be reached, and the days that are shown.
  std::set<Shown> tree_recordings() const {
    std::set<Shown> all;
    for (const DateDir& year : shown_children(DateDir::root())) {
      for (const DateDir& month : shown_children(year)) {
        for (const DateDir& date : shown_children(month)) {
          for (const Shown& one : day_recordings(date.span().begin)) all.insert(one);
        }
      }
    }
    return all;
  }
  std::set<Shown> day_recordings(Day date) const {
    std::set<Shown> all;
    const auto tree = catalog.tree();
    const DayNode* node = tree->find(date);
    if (node == nullptr) return all;
    for (const Recording& one : node->recordings) all.insert({date, one.id.value, one.state, one.archived});
    return all;
  }

  const Recording* recording(const std::shared_ptr<const Tree>& tree, Day date, std::uint64_t id) const {
    const DayNode* node = tree->find(date);
    return node == nullptr ? nullptr : node->find({id});
  }
  int calls_of(const std::function<void()>& action) {
    const int before = api.calls();
    action();
    return api.calls() - before;
  }

  Metrics metrics;
  FakeKernelCache kernel;
  Catalog catalog;
};

}  // namespace g2afs::test
