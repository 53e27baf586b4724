// SPDX-License-Identifier: MIT
#include "g2afs/base/lru_cache.hpp"

#include <list>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace g2afs {
namespace {

std::vector<int> keys(const LruCache<int, std::string>& cache) {
  std::vector<int> all;
  cache.cwalk([&](int key, const std::string&) { all.push_back(key); });
  return all;
}

TEST(LruCache, EvictsTheLeastRecentlyUsed) {
  LruCache<int, std::string> cache(2);
  cache.insert(1, "a");
  cache.insert(2, "b");
  ASSERT_NE(cache.tryGet(1), nullptr);
  cache.insert(3, "c");
  EXPECT_EQ(keys(cache), (std::vector<int>{3, 1}));
  EXPECT_EQ(cache.tryGet(2), nullptr);
  EXPECT_EQ(*cache.tryGet(1), "a");
}

TEST(LruCache, PeekDoesNotRefresh) {
  LruCache<int, std::string> cache(2);
  cache.insert(1, "a");
  cache.insert(2, "b");
  EXPECT_EQ(*cache.peek(1), "a");
  cache.insert(3, "c");
  EXPECT_FALSE(cache.contains(1));
}

TEST(LruCache, IsBoundedByWeight) {
  LruCache<int, std::string> cache(10);
  std::vector<int> gone;
  cache.onEvict([&](int key, std::string&) { gone.push_back(key); });
  cache.insert(1, "a", 4);
  cache.insert(2, "b", 4);
  cache.insert(3, "c", 4);
  EXPECT_EQ(gone, std::vector<int>{1});
  EXPECT_EQ(cache.weight(), 8U);
  cache.insert(4, "d", 100);  // heavier than all: kept, alone, until the next one comes
  EXPECT_EQ(keys(cache), std::vector<int>{4});
  cache.insert(5, "e", 1);
  EXPECT_EQ(keys(cache), std::vector<int>{5});
}

TEST(LruCache, ElasticityEvictsInStrokes) {
  LruCache<int, std::string> cache(4, 2);
  for (int i = 0; i < 6; ++i) cache.insert(i, "");
  EXPECT_EQ(cache.size(), 6U);
  cache.insert(6, "");
  EXPECT_EQ(keys(cache), (std::vector<int>{6, 5, 4, 3}));
}

TEST(LruCache, ReplacingChangesTheWeight) {
  LruCache<int, std::string> cache(10);
  cache.insert(1, "a", 8);
  cache.insert(1, "b", 2);
  EXPECT_EQ(cache.weight(), 2U);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(*cache.tryGet(1), "b");
  EXPECT_TRUE(cache.remove(1));
  EXPECT_FALSE(cache.remove(1));
  EXPECT_EQ(cache.weight(), 0U);
}

TEST(LruCache, ASmallerBoundEvictsAtOnce) {
  LruCache<int, std::string> cache(10);
  for (int i = 0; i < 10; ++i) cache.insert(i, "");
  cache.setMaxSize(3);
  EXPECT_EQ(keys(cache), (std::vector<int>{9, 8, 7}));
}

/// The plain reference: a list, newest first.
struct Plain {
  struct Entry {
    int key, value;
    std::size_t weight;
  };
  std::list<Entry> entries;
  std::size_t max;

  std::size_t weight() const {
    std::size_t sum = 0;
    for (const Entry& entry : entries) sum += entry.weight;
    return sum;
  }
  std::list<Entry>::iterator find(int key) {
    return std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  }
  void insert(int key, int value, std::size_t w) {
    if (const auto at = find(key); at != entries.end()) entries.erase(at);
    entries.push_front({key, value, w});
    while (weight() > max && entries.size() > 1) entries.pop_back();
  }
};

RC_GTEST_PROP(LruCache, BehavesAsAPlainList, ()) {
  const auto max = *rc::gen::inRange<std::size_t>(1, 40);
  LruCache<int, int> cache(max);
  Plain plain{{}, max};
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 12), rc::gen::inRange(1, 9)));
  for (const auto& [what, key, number] : steps) {
    if (what <= 1) {
      cache.insert(key, number, static_cast<std::size_t>(number));
      plain.insert(key, number, static_cast<std::size_t>(number));
    } else if (what == 2) {
      int* found = cache.tryGet(key);
      const auto at = plain.find(key);
      RC_ASSERT((found != nullptr) == (at != plain.entries.end()));
      if (found != nullptr) {
        RC_ASSERT(*found == at->value);
        plain.entries.splice(plain.entries.begin(), plain.entries, at);
      }
    } else {
      const auto at = plain.find(key);
      RC_ASSERT(cache.remove(key) == (at != plain.entries.end()));
      if (at != plain.entries.end()) plain.entries.erase(at);
    }
    std::vector<int> order, expected;
    cache.cwalk([&](int k, int) { order.push_back(k); });
    for (const auto& entry : plain.entries) expected.push_back(entry.key);
    RC_ASSERT(order == expected);
    RC_ASSERT(cache.weight() == plain.weight());
  }
}

}  // namespace
}  // namespace g2afs
