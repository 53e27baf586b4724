// SPDX-License-Identifier: MIT
#include "fuse_world.hpp"

#include "property.hpp"

namespace g2afs::test {

const std::string& FuseWorld::bytes() {
  static const std::string all = [] {
    std::string made;
    for (std::size_t i = 0; i < kFileSize; ++i) made += static_cast<char>(i * 31 + i / 251);
    return made;
  }();
  return all;
}

FuseWorld::FuseWorld() {
  for (unsigned which = 0; which < 3; ++which) {
    api_.add({.id = {kFirstId + which},
              .start = parse_iso8601("2016-11-24T10:00:00Z").value() + std::chrono::hours{which * 20},
              .state = which == 2 ? State::Untranscoded : State::Ready,
              .thumbnail = which == 0,
              .video_size = kFileSize});
  }
  transport_.server = [this](const HttpRequest& request, BodySink& sink) { return serve(request, sink); };
  loop_thread_ = std::thread([this] { loop_.run(); });
  session_ = std::make_unique<Session>(file_system_, loop_, clock_, *log_, SessionOptions{});
  catalog_.set_kernel_cache(&session_->kernel_cache());
  on_loop([this] {
    G2AFS_PROPERTY(session_->attach(wire.session_end(), FuseWire::io()));
    session_->start([](Result<void>) {});
  });
}

FuseWorld::~FuseWorld() {
  on_loop([this] {
    session_->stop();
    loop_.cancel_all();
    loop_.stop();
  });
  loop_thread_.join();
  G2AFS_PROPERTY(loop_.run_until_idle(std::chrono::seconds{10}));
}

void FuseWorld::set_server(Server server) {
  on_loop([&] {
    server_ = server;
    if (server != Server::Hangs) no_more_hanging_.notify_all();
  });
}

void FuseWorld::change_account(unsigned which, unsigned how) {
  on_loop([&] {
    const RecordingId id{kFirstId + which};
    FakeRecording* const recording = api_.find(id);
    if (recording == nullptr) {
      api_.add({.id = id,
                .start = parse_iso8601("2016-11-24T11:00:00Z").value() + std::chrono::hours{which},
                .video_size = kFileSize});
    } else if (how == 0) {
      api_.remove(id);
    } else if (how == 1) {
      recording->state = recording->state == State::Ready ? State::Transcoding : State::Ready;
    } else {
      recording->archived = !recording->archived;
    }
  });
}

void FuseWorld::take_answers() {
  try {
    if (session_is_there_) wire.unclaimed();
  } catch (const SessionHungUp&) {
    session_is_there_ = false;
  }
}

Task<Result<ResponseHead>> FuseWorld::serve(const HttpRequest& request, BodySink& sink) {
  while (server_ == Server::Hangs) co_await no_more_hanging_.wait();
  if (server_ == Server::Fails) co_return fail(Errc::Unavailable, "connection reset");
  const ByteRange all{0, kFileSize};
  const ByteRange range = request.range ? ByteRange{request.range->begin, std::min(request.range->end, all.end)} : all;
  ResponseHead head;
  head.status = 206;
  head.content_length = range.size();
  head.content_range = ContentRange{range, all.end};
  head.etag = "\"1\"";
  co_return co_await FakeTransport::answer(sink, head, bytes().substr(range.begin, range.size()));
}

}  // namespace g2afs::test
