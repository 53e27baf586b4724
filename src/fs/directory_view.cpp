// SPDX-License-Identifier: MIT
#include "directory_view.hpp"

#include <vector>

namespace g2afs {
namespace {

/// `.` and `..` before what the directory holds.
class View : public DirectoryView {
 public:
  /// `mark`: in a node of the tree; null: nothing to remember.
  View(std::shared_ptr<const Tree> tree, const ReadMark* mark, const AttributeMaker& attributes, Ino self, Ino parent)
      : tree_(std::move(tree)), mark_(mark), attributes_(attributes), self_(self), parent_(parent) {}

  std::size_t size() const final { return 2 + children(); }
  DirectoryEntry at(std::size_t index) const final {
    if (index == 0) return {".", self_, true, std::nullopt};
    if (index == 1) return {"..", parent_, true, std::nullopt};
    return child(index - 2);
  }
  bool read_before() const final { return mark_ != nullptr && mark_->is_set(); }
  void note_read() const final {
    if (mark_ != nullptr) mark_->set(true);
  }

 protected:
  virtual std::size_t children() const = 0;
  virtual DirectoryEntry child(std::size_t index) const = 0;
  const AttributeMaker& attributes() const { return attributes_; }

 private:
  std::shared_ptr<const Tree> tree_;  // pins the nodes
  const ReadMark* mark_;
  const AttributeMaker& attributes_;
  Ino self_, parent_;
};

const ReadMark* mark_of(const Tree& tree, const DateDir& dir) {
  if (dir.is_root()) return &tree.read;
  if (dir.month == 0) {
    const YearNode* year = tree.find(dir.year);
    return year == nullptr ? nullptr : &year->read;
  }
  const MonthNode* month = tree.find(dir.year, dir.month);
  return month == nullptr ? nullptr : &month->read;
}

class DatesView final : public View {
 public:
  DatesView(std::shared_ptr<const Tree> tree, const DateDir& dir, const AttributeMaker& attributes)
      : View(tree, mark_of(*tree, dir), attributes, dir.ino(), dir.parent().ino()),
        children_(shown_children(*tree, dir)) {}

 private:
  std::size_t children() const override { return children_.size(); }
  DirectoryEntry child(std::size_t index) const override {
    const DateDir& dir = children_[index];
    return {dir.name(), dir.ino(), true, attributes().dates(dir)};
  }
  std::vector<DateDir> children_;
};

class DayView final : public View {
 public:
  DayView(std::shared_ptr<const Tree> tree, const DateDir& dir, const DayNode* day, const AttributeMaker& attributes)
      : View(std::move(tree), day == nullptr ? nullptr : &day->read, attributes, dir.ino(), dir.parent().ino()),
        day_(day) {}

 private:
  std::size_t children() const override { return day_ == nullptr ? 0 : day_->recordings.size(); }
  DirectoryEntry child(std::size_t index) const override {
    const Recording& recording = day_->recordings[index];
    return {to_string(recording.id), recording_ino(day_->day, recording.id), true,
            attributes().recording(day_->day, recording)};
  }
  const DayNode* day_;
};

class RecordingView final : public View {
 public:
  RecordingView(std::shared_ptr<const Tree> tree, Day day, const Recording& recording, const AttributeMaker& attributes)
      : View(std::move(tree), &recording.read, attributes, recording_ino(day, recording.id), day_ino(day)),
        day_(day),
        recording_(recording) {
    for (const FileKind kind : kFileKinds) {
      if (recording.has(kind)) kinds_.push_back(kind);
    }
  }

 private:
  std::size_t children() const override { return kinds_.size(); }
  DirectoryEntry child(std::size_t index) const override {
    const FileKind kind = kinds_[index];
    return {file_name(recording_, kind), file_ino(day_, recording_.id, kind), false,
            attributes().file(day_, recording_, kind)};
  }
  Day day_;
  const Recording& recording_;
  std::vector<FileKind> kinds_;
};

class EmptyView final : public View {
 public:
  using View::View;

 private:
  std::size_t children() const override { return 0; }
  DirectoryEntry child(std::size_t) const override { return {}; }
};

}  // namespace

std::shared_ptr<const DirectoryView> view_dates(std::shared_ptr<const Tree> tree, const DateDir& dir,
                                                const AttributeMaker& attributes) {
  return std::make_shared<DatesView>(std::move(tree), dir, attributes);
}

std::shared_ptr<const DirectoryView> view_day(std::shared_ptr<const Tree> tree, const DateDir& dir, const DayNode* day,
                                              const AttributeMaker& attributes) {
  return std::make_shared<DayView>(std::move(tree), dir, day, attributes);
}

std::shared_ptr<const DirectoryView> view_recording(std::shared_ptr<const Tree> tree, Day day,
                                                    const Recording& recording, const AttributeMaker& attributes) {
  return std::make_shared<RecordingView>(std::move(tree), day, recording, attributes);
}

std::shared_ptr<const DirectoryView> view_nothing(std::shared_ptr<const Tree> tree, Ino self, Ino parent,
                                                  const AttributeMaker& attributes) {
  return std::make_shared<EmptyView>(std::move(tree), nullptr, attributes, self, parent);
}

}  // namespace g2afs
