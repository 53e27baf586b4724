// SPDX-License-Identifier: MIT
// Fetch: one stretch of a file being downloaded into its blocks. Loop thread only; used by ContentFile.
//
// It renews expired URLs once, and resumes after faults from the byte it had reached. What it has brought is kept on disk.
//
// A server that ignores ranges answers 200 with everything from the start. The fetch then becomes one pass over the
// whole file, paused while it is beyond what was asked for, and feeds every later read; but if somebody waits for a
// connection meanwhile, it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "delivery.hpp"

#include "g2afs/content/content_file.hpp"

namespace g2afs {

class Fetch final : public Delivery, public BodySink {
 public:
  Fetch(ContentFile& file, ByteRange range, Priority priority);

  ByteRange rest() const override;
  bool passing() const override { return passing_; }
  bool asking() const override { return asking_; }
  bool soon_over() const override;
  void want(std::uint64_t end) override;
  void waited_for() override {
    if (hurry) hurry();
  }

  void on_sent() override { asking_ = true; }
  Flow on_head(const ResponseHead& head) override;
  Flow on_data(std::span<const std::byte> data) override;

 private:
  /// What to do after one exchange.
  enum class Next { Done, GoOn, Renew, Retry, Fail };
  struct Verdict {
    Next next;
    Error error;
    const char* reason = "";  // for g2afs_retries_total
  };

  Task<std::optional<Error>> bring() override;
  void leave() override;
  Task<Result<ResponseHead>> exchange(Url url);
  Verdict judge(const Result<ResponseHead>& answer) const;
  Flow on_no_range(const ResponseHead& head);
  Flow on_partial(const ResponseHead& head);
  Flow on_whole(const ResponseHead& head);
  Flow refuse(const char* why);
  Flow refuse_part(const char* why);
  HttpRequest request(Url url) const;
  bool complete() const;
  void store(std::span<const std::byte> data);
  void release_block();

  ContentFile& file_;
  ByteRange range_;
  std::uint64_t position_;   // the next byte to come
  std::uint64_t run_begin_;  // what came without a gap, by however many exchanges, begins here: at a page
  const Priority priority_;
  /// The block that is being filled: pinned, since a page counts as here by what this fetch has put into it.
  std::shared_ptr<Block> block_;
  bool passing_ = false;
  std::uint64_t limit_;       // a pass over the file is paused beyond this
  std::uint64_t high_water_;  // the furthest byte ever reached: progress is a page beyond it
  bool ask_for_range_ = true;

  // The exchange under way.
  bool asking_ = false;  // its request has gone out
  int status_ = 0;       // of its answer, once that has begun
  std::shared_ptr<Link> link_;
  MonotonicTime body_began_{};
  std::uint64_t body_begin_ = 0;           // where in the file
  bool moved_ = false;                     // it has brought a new page
  bool needless_ = false;                  // it was ended because what it would bring comes otherwise, or is not wanted
  std::optional<std::uint64_t> body_end_;  // where its body ends, as far as it was announced
  std::optional<Error> refused_;           // why its answer is not taken
  bool endless_ = false;                   // for which another one would be no better
};

}  // namespace g2afs
