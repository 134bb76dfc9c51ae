// SPDX-License-Identifier: MIT
#include "exporters/recording/queued_recorder.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "exporters/recording/snapshot_size.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostKept = 10'000;

using Clock = std::chrono::steady_clock;

}  // namespace

QueuedRecorder::QueuedRecorder(RecorderOptions options, Tell tell)
    : QueuedRecorder(std::move(options), std::move(tell), nullptr) {}

QueuedRecorder::QueuedRecorder(RecorderOptions options, Tell tell,
                               std::unique_ptr<RecordingWriter> writer)
    : options_(std::move(options)), tell_(std::move(tell)), writer_(std::move(writer)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "recorder");
    run();
  });
}

QueuedRecorder::~QueuedRecorder() { finish(); }

void QueuedRecorder::add(SnapshotPtr snapshot) {
  const std::size_t bytes = memory_bytes(*snapshot);
  {
    const std::lock_guard lock(mutex_);
    if (held_ticks_ >= options_.queued_ticks ||
        (held_ticks_ > 0 && held_bytes_ + bytes > options_.queued_bytes)) {
      ++overflowed_;
      ++dropped_;
      return;
    }
    ticks_.push_back({std::move(snapshot), bytes});
    ++held_ticks_;
    held_bytes_ += bytes;
  }
  news_.notify_one();
}

void QueuedRecorder::add_kept(Kept item) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_.size() < kMostKept) {
      kept_.push_back(std::move(item));
      kept_is_new_ = true;
    } else if (const auto* mark = std::get_if<AskedMark>(&item)) {
      return mark->answer("too many marks wait for the disk already");
    }
  }
  news_.notify_one();
}

bool QueuedRecorder::finish() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
  return complete_;
}

void QueuedRecorder::settle() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  settle_ = true;
  news_.notify_one();
  settled_.wait(lock, [this] { return !settle_; });
}

void QueuedRecorder::run() {
  bool stopping = false;
  while (!stopping) {
    bool settle = false;
    Ticks ticks;
    std::deque<Kept> kept;
    {
      std::unique_lock lock(mutex_);
      const auto due = [this] { return stopping_ || settle_ || kept_is_new_ || !ticks_.empty(); };
      const bool open = ticks_in_transaction_ > 0 || !kept_in_transaction_.empty();
      if (open)
        news_.wait_until(lock, commit_at_, due);
      else
        news_.wait(lock, [&] { return due() || (!retry_at_ && !kept_.empty()); });
      ticks.swap(ticks_);
      kept.swap(kept_);
      kept_is_new_ = false;
      lost_ += std::exchange(overflowed_, 0);
      stopping = stopping_;
      settle = settle_;
    }
    try {
      write(std::move(ticks), std::move(kept), settle);
    } catch (const std::exception&) {  // not even memory to put things back
      if (options_.failed) options_.failed();
    }
    if (!settle) continue;
    const std::lock_guard lock(mutex_);
    settle_ = false;
    settled_.notify_all();
  }
  complete_ = end_session();
}

/// Whatever goes wrong here ends neither the thread nor the process.
void QueuedRecorder::write(Ticks ticks, std::deque<Kept> kept, bool commit_now) {
  if (retry_at_ && Clock::now() < *retry_at_) return lose(ticks, kept, "");
  try {
    leave_lost_file();
    write_now(ticks, kept, commit_now);
  } catch (const std::exception& error) {
    lose(ticks, kept, error.what());
  }
}

void QueuedRecorder::open_file() {
  writer_ = std::make_unique<RecordingWriter>(options_.file, options_.session);
  if (const auto opened = std::exchange(options_.opened, nullptr)) opened();
}

/// What was committed went with the file. The open transaction is lost as in lose(), and the next
/// write makes the file anew.
void QueuedRecorder::leave_lost_file() {
  if (!writer_ || writer_->keeps_its_file()) return;
  writer_->leave_file();
  writer_.reset();
  Ticks no_ticks;
  std::deque<Kept> no_items;
  why_ = options_.file.string() + " was removed or replaced";
  lose(no_ticks, no_items, "");
  if (options_.failed) options_.failed();
  retry_at_ = Clock::now();
  tell_(why_ + ", and what was recorded with it");
}

void QueuedRecorder::let_go(Ticks& ticks) {
  const std::lock_guard lock(mutex_);
  held_ticks_ -= 1;
  held_bytes_ -= ticks.front().bytes;
  ticks.pop_front();
}

void QueuedRecorder::write_now(Ticks& ticks, std::deque<Kept>& kept, bool commit_now) {
  if (!writer_) open_file();
  if (!writer_->pending()) commit_at_ = Clock::now() + options_.commit_every;
  while (!kept.empty()) {
    kept_in_transaction_.push_back(std::move(kept.front()));
    kept.pop_front();
    std::visit(
        [&]<typename Item>(const Item& item) {
          if constexpr (std::is_same_v<Item, RunRow>) {
            writer_->put(item);
          } else if constexpr (std::is_same_v<Item, AskedMark>) {
            writer_->add(item.mark);
            commit_now = true;
          } else {
            writer_->add(item);
          }
        },
        kept_in_transaction_.back());
  }
  for (; !ticks.empty(); let_go(ticks)) {
    writer_->add(*ticks.front().snapshot, lost_);
    telling_ += std::exchange(lost_, 0);
    ++ticks_in_transaction_;
  }
  if (commit_now || Clock::now() >= commit_at_) commit();
}

void QueuedRecorder::answer(std::deque<Kept>& kept, const std::string& problem) {
  for (Kept& item : kept)
    if (auto* mark = std::get_if<AskedMark>(&item))
      if (const auto answer = std::exchange(mark->answer, nullptr)) answer(problem);
}

void QueuedRecorder::commit() {
  writer_->commit();
  answer(kept_in_transaction_, "");
  const bool wrote = ticks_in_transaction_ > 0 || !kept_in_transaction_.empty();
  telling_ = 0;
  ticks_in_transaction_ = 0;
  kept_in_transaction_.clear();
  if (wrote && std::exchange(retry_at_, std::nullopt))
    tell_("recording to " + options_.file.string() + " again");
  if (options_.limits) writer_->trim(*options_.limits);
  if (options_.stands) options_.stands(writer_->standing());
}

/// The transaction is gone: its ticks are lost, all else is put back for the next try.
void QueuedRecorder::lose(Ticks& ticks, std::deque<Kept>& kept, const std::string& why) {
  const std::uint64_t lost = ticks_in_transaction_ + ticks.size();
  lost_ += lost + std::exchange(telling_, 0);
  dropped_ += lost;
  ticks_in_transaction_ = 0;
  while (!ticks.empty()) let_go(ticks);
  if (!why.empty()) why_ = why;
  for (auto* put_back : {&kept, &kept_in_transaction_})
    answer(*put_back, "cannot record: " + why_ + "; the note is kept, and written when that works");
  {
    const std::lock_guard lock(mutex_);
    kept_.insert(kept_.begin(), std::make_move_iterator(kept.begin()),
                 std::make_move_iterator(kept.end()));
    kept_.insert(kept_.begin(), std::make_move_iterator(kept_in_transaction_.begin()),
                 std::make_move_iterator(kept_in_transaction_.end()));
  }
  kept_in_transaction_.clear();
  if (why.empty()) return;
  if (options_.failed) options_.failed();
  if (!std::exchange(retry_at_, Clock::now() + options_.retry_after))
    tell_("cannot record: " + why);
}

bool QueuedRecorder::end_session() {
  Ticks no_ticks;
  std::deque<Kept> kept;
  try {
    leave_lost_file();
    kept.swap(kept_);
    // A run must be completed in its file; history without a file ends without one.
    if (!writer_ && kept.empty()) return !retry_at_;
    write_now(no_ticks, kept, true);
    if (lost_ > 0) writer_->add_dropped(lost_);
    writer_->finish(std::chrono::system_clock::now(), false);
    leave_one_file();
    writer_.reset();
    return dropped_ == 0;
  } catch (const std::exception& error) {
    if (options_.failed) options_.failed();
    for (auto* lost : {&kept, &kept_in_transaction_}) answer(*lost, error.what());
    if (!retry_at_) tell_(std::string("cannot record: ") + error.what());
    if (writer_) leave_one_file();
    return false;
  }
}

/// Nothing is lost where that fails: there is no room, or somebody reads the file.
void QueuedRecorder::leave_one_file() {
  if (!options_.one_file) return;
  try {
    writer_->become_one_file();
  } catch (const std::exception& error) {
    tell_("its newest part stays in " + options_.file.string() + "-wal: " + error.what());
  }
}

}  // namespace tierwatch
