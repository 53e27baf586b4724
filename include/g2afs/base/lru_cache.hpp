// SPDX-License-Identifier: MIT
// A least-recently-used cache bounded by weight. One thread at a time (in g2afs: the loop).
//
// The vocabulary is lrucache11's (insert, tryGet, remove, contains, size, maxSize, elasticity, cwalk), which g2afs'
// users asked for; that library bounds the number of entries, while URLs, blocks and sidecars need a bound in bytes, so
// this one stands on Boost.MultiIndex and gives every entry a weight. With the default weight of 1 it behaves alike.
//
// Eviction: when the total weight exceeds maxSize + elasticity, the least recently used entries go until it is at most
// maxSize (elasticity lets eviction run in strokes instead of once an insert). An entry heavier than maxSize alone is
// kept until the next insert: the caller has it in use.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

namespace g2afs {

template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
 public:
  using EvictFn = std::function<void(const Key&, Value&)>;

  /// maxSize and elasticity in units of weight (bytes, where the caller weighs in bytes).
  explicit LruCache(std::size_t maxSize, std::size_t elasticity = 0) : max_size_(maxSize), elasticity_(elasticity) {}

  /// Called for each entry that eviction (not remove or clear) takes out, before it is destroyed.
  void onEvict(EvictFn fn) { on_evict_ = std::move(fn); }

  /// Adds or replaces an entry and makes it the most recently used.
  void insert(const Key& key, Value value, std::size_t weight = 1) {
    auto& hashed = entries_.template get<ByKey>();
    if (auto found = hashed.find(key); found != hashed.end()) {
      weight_ = weight_ - found->weight + weight;
      hashed.modify(found, [&](Entry& entry) {
        entry.value = std::move(value);
        entry.weight = weight;
      });
      touch(entries_.template project<ByAge>(found));
    } else {
      entries_.template get<ByAge>().push_front(Entry{key, std::move(value), weight});
      weight_ += weight;
    }
    if (weight_ > max_size_ + elasticity_) prune(1);
  }

  /// The entry, made the most recently used; null where there is none. Valid until the next insert or remove.
  Value* tryGet(const Key& key) {
    auto& hashed = entries_.template get<ByKey>();
    auto found = hashed.find(key);
    if (found == hashed.end()) return nullptr;
    touch(entries_.template project<ByAge>(found));
    return &found->value;
  }

  /// The entry without touching its age.
  const Value* peek(const Key& key) const {
    const auto& hashed = entries_.template get<ByKey>();
    const auto found = hashed.find(key);
    return found == hashed.end() ? nullptr : &found->value;
  }

  /// Makes an entry the least recently used.
  void demote(const Key& key) {
    auto& hashed = entries_.template get<ByKey>();
    auto found = hashed.find(key);
    if (found == hashed.end()) return;
    auto& aged = entries_.template get<ByAge>();
    aged.relocate(aged.end(), entries_.template project<ByAge>(found));
  }

  bool contains(const Key& key) const { return entries_.template get<ByKey>().count(key) != 0; }

  bool remove(const Key& key) {
    auto& hashed = entries_.template get<ByKey>();
    auto found = hashed.find(key);
    if (found == hashed.end()) return false;
    weight_ -= found->weight;
    hashed.erase(found);
    return true;
  }

  void clear() {
    entries_.clear();
    weight_ = 0;
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::size_t weight() const { return weight_; }
  std::size_t maxSize() const { return max_size_; }
  std::size_t elasticity() const { return elasticity_; }

  /// Changes the bound and evicts down to it.
  void setMaxSize(std::size_t maxSize) {
    max_size_ = maxSize;
    prune(0);
  }

  /// Calls fn(key, value) from the most to the least recently used, without touching ages.
  template <class Fn>
  void cwalk(Fn&& fn) const {
    for (const Entry& entry : entries_.template get<ByAge>()) fn(entry.key, std::as_const(entry.value));
  }

 private:
  struct Entry {
    Key key;
    mutable Value value;  // not part of any index
    std::size_t weight;
  };
  struct ByAge {};
  struct ByKey {};
  using Entries = boost::multi_index_container<
      Entry, boost::multi_index::indexed_by<
                 boost::multi_index::sequenced<boost::multi_index::tag<ByAge>>,
                 boost::multi_index::hashed_unique<boost::multi_index::tag<ByKey>,
                                                   boost::multi_index::member<Entry, Key, &Entry::key>, Hash>>>;

  template <class It>
  void touch(It it) {
    auto& aged = entries_.template get<ByAge>();
    aged.relocate(aged.begin(), it);
  }

  void prune(std::size_t keep) {
    auto& aged = entries_.template get<ByAge>();
    while (weight_ > max_size_ && aged.size() > keep) {
      const Entry& oldest = aged.back();
      if (on_evict_) on_evict_(oldest.key, oldest.value);
      weight_ -= oldest.weight;
      aged.pop_back();
    }
  }

  Entries entries_;
  std::size_t weight_ = 0;
  std::size_t max_size_;
  std::size_t elasticity_;
  EvictFn on_evict_;
};

}  // namespace g2afs
