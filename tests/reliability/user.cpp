// SPDX-License-Identifier: MIT
#include "user.hpp"

#include <algorithm>

namespace g2afs::test {
namespace {

constexpr std::size_t kReadSize = 128 << 10;  // as the kernel's readahead begins
constexpr std::uint64_t kMiddle = 600'000;
constexpr Caller kCaller{0, 1};

std::string text_of(const ReadReply& reply) {
  std::string text;
  for (const Slice& slice : reply) {
    text.append(reinterpret_cast<const char*>(slice.bytes.data()), slice.bytes.size());
  }
  return text;
}

}  // namespace

Call User::call_of(Operation operation) {
  switch (operation) {
    case Operation::List: return Call::List;
    case Operation::Urls: return Call::Urls;
    case Operation::Transcode: return Call::Transcode;
    case Operation::Archive: return Call::Archive;
    case Operation::Token: return Call::Token;
    default: return Call::Media;
  }
}

void User::prepare() {
  if (operation_ == Operation::List || operation_ == Operation::Token) return;
  if (!world_.run(list())) throw std::runtime_error("the healthy account cannot be listed");
  // URLs are used for a day.
  if (operation_ == Operation::Urls) world_.clock().advance(std::chrono::hours{25});
  if (operation_ != Operation::MidFile) return;
  if (world_.run(read(0, kReadSize)) != ModelService::video().substr(0, kReadSize)) {
    throw std::runtime_error("the healthy account cannot be read");
  }
}

Seen User::act() {
  const MonotonicTime began = world_.clock().now();
  auto result = world_.run(operate());
  return {std::move(result), world_.clock().now() - began};
}

bool User::right(const std::string& seen) const {
  using Version = ModelService::Version;
  const auto of_one_version = [&](auto part) {
    return seen == part(Version::One) || seen == part(Version::Other) || seen == part(Version::Longer);
  };
  switch (operation_) {
    case Operation::List:
    case Operation::Token: return seen == "100 102 ";
    case Operation::Transcode: return seen == "done" && world_.model().transcoding == std::set{kUntranscoded.value};
    case Operation::Archive: return seen == "done" && world_.model().archived == std::set{kReady.value};
    case Operation::Urls:
    case Operation::FirstRead:
      return of_one_version([](Version version) { return ModelService::video(version).substr(0, kReadSize); });
    case Operation::MidFile: return seen == ModelService::video().substr(kMiddle, kReadSize);
    case Operation::Sidecar: return of_one_version([](Version version) { return ModelService::sidecar(version); });
  }
  return false;
}

Task<Result<std::string>> User::operate() {
  switch (operation_) {
    case Operation::List:
    case Operation::Token: return list();
    case Operation::Transcode: return set("102", "user.g2afs.transcode");
    case Operation::Archive: return set("100", "user.g2afs.archived");
    case Operation::Urls:
    case Operation::FirstRead: return read(0, kReadSize);
    case Operation::MidFile: return read(kMiddle, kReadSize);
    case Operation::Sidecar: return read_sidecar();
  }
  throw std::logic_error("no such operation");
}

Task<Result<Ino>> User::walk(std::vector<std::string> names) {
  Ino ino = kRootIno;
  for (const std::string& name : names) {
    const auto found = co_await world_.fs().lookup(ino, name);
    if (!found) co_return fail(found.error());
    ino = found->ino;
  }
  co_return ino;
}

Task<Result<std::string>> User::list() {
  std::vector<std::string> path{"2016", "11", "24"};
  const auto day = co_await walk(std::move(path));
  if (!day) co_return fail(day.error());
  const auto view = co_await world_.fs().directory(*day);
  if (!view) co_return fail(view.error());
  std::string names;
  for (std::size_t i = 2; i < (*view)->size(); ++i) names += (*view)->at(i).name + " ";
  co_return names;
}

Task<Result<std::string>> User::read(std::uint64_t offset, std::size_t size) {
  if (!open_) {
    std::vector<std::string> path{"2016", "11", "24", "100", "100.mp4"};
    const auto file = co_await walk(std::move(path));
    if (!file) co_return fail(file.error());
    const auto opened = co_await world_.fs().open(*file);
    if (!opened) co_return fail(opened.error());
    open_ = opened->handle;
  }
  const auto reply = co_await world_.fs().read(*open_, offset, size);
  if (reply) co_return text_of(*reply);
  // Such a handle stays so; who reads on opens it anew.
  if (reply.error().code == Errc::Changed) world_.fs().release(*std::exchange(open_, std::nullopt));
  co_return fail(reply.error());
}

Task<Result<std::string>> User::read_sidecar() {
  std::vector<std::string> path{"2016", "11", "24", "100", "100.events"};
  const auto file = co_await walk(std::move(path));
  if (!file) co_return fail(file.error());
  const auto shown = co_await world_.fs().attributes(*file);
  if (!shown) co_return fail(shown.error());
  const auto opened = co_await world_.fs().open(*file);
  if (!opened) co_return fail(opened.error());
  const auto reply = co_await world_.fs().read(opened->handle, 0, kReadSize);
  world_.fs().release(opened->handle);
  if (!reply) co_return fail(reply.error());
  std::string text = text_of(*reply);
  if (text.size() != shown->size) text += " (stat shows another size)";
  co_return text;
}

Task<Result<std::string>> User::set(const char* id, const char* attribute) {
  std::vector<std::string> path{"2016", "11", "24", id};
  const auto directory = co_await walk(std::move(path));
  if (!directory) co_return fail(directory.error());
  const auto answer = co_await world_.fs().set_xattr(*directory, attribute, "1", XattrMode::Either, kCaller);
  if (!answer) co_return fail(answer.error());
  co_return "done";
}

}  // namespace g2afs::test
