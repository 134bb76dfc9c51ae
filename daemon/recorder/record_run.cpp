// SPDX-License-Identifier: MIT
#include "daemon/recorder/record_run.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "analysis/runs/demand.h"
#include "collectors/text/printable_text.h"
#include "daemon/service/clock.h"
#include "daemon/service/history.h"
#include "daemon/recorder/load_files.h"
#include "daemon/service/log.h"
#include "collectors/loads/printed_results.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;

/// Left for everything but the kept kernel files. The soft limit stays as it is: the program we
/// start inherits it.
constexpr rlim_t kOtherDescriptors = 512;
/// How long a program that has ended is kept for the next sample.
constexpr nanoseconds kLastSample = std::chrono::seconds(1);

Config run_config(const RecordOptions& options) {
  Config config = load_config_or_default(options.config);
  config.sampling.interval = options.interval;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t room = limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 0;
  config.sampling.kept_descriptors = std::min<std::size_t>(config.sampling.kept_descriptors, room);
  config.rules.tiers.push_back({.name = std::string(kGeneratorTier),
                                .descendants_of = getpid(),
                                .roles = {{.name = "generator", .kind = RoleKind::kThreaded}},
                                .path = "record"});
  return config;
}

std::vector<LoadArgument> load_arguments(const std::vector<std::string>& texts) {
  std::vector<LoadArgument> loads;
  for (const std::string& text : texts) loads.push_back(parse_load_argument(text));
  return loads;
}

std::unique_ptr<RecordingWriter> new_recording(const std::filesystem::path& file,
                                               const SessionRow& session) {
  create_database_file(file);
  try {
    return std::make_unique<RecordingWriter>(file, session);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw;
  }
}

WallTime::duration length_of(const LoadSeries& load) {
  return std::chrono::duration_cast<WallTime::duration>(
      std::chrono::duration<double>(load.totals.seconds));
}

/// The modes of the terminal before a program that may change them.
class TerminalModes {
 public:
  TerminalModes() : known_(tcgetattr(STDIN_FILENO, &modes_) == 0) {}

  /// As a shell does for a program that was killed before it could. Not in the background: the
  /// terminal is somebody else's then.
  void restore() const {
    if (known_ && tcgetpgrp(STDIN_FILENO) == getpgrp()) tcsetattr(STDIN_FILENO, TCSANOW, &modes_);
  }

 private:
  termios modes_{};
  bool known_;
};

std::string minutes_and_seconds(nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60),
                static_cast<long long>(seconds % 60));
  return text;
}

}  // namespace

RecordRun::RecordRun(const RecordOptions& options, const std::string& name,
                     const std::filesystem::path& file)
    : options_(options),
      loads_(load_arguments(options.loads)),
      status_(!options.leave_output || !isatty(STDOUT_FILENO)),
      feed_(run_config(options)),
      ticks_(monotonic_now(), options.interval),
      queue_looks_(monotonic_now(), LocalFeed::kQueueInterval),
      marks_("record", file.string()) {
  if (!options.leave_output) relay_ = std::make_unique<OutputRelay>(status_);
  RecorderOptions recorder{.file = file,
                           .session = session_of("record", options.interval),
                           .queued_ticks = 256,
                           .queued_bytes = 256u << 20,
                           .retry_after = std::chrono::milliseconds(1000),
                           .one_file = true};
  auto writer = new_recording(file, recorder.session);
  run_.run = 1;
  run_.name = name;
  run_.command = shell_quoted(options.command);
  recorder_ = std::make_unique<QueuedRecorder>(
      std::move(recorder),
      [this](const std::string& line) {
        trouble_ = line;
        std::cerr << told_line(line);
      },
      std::move(writer));
}

std::optional<RunEnd> RecordRun::run() {
  if (!watch_until(monotonic_now() + options_.around)) return std::nullopt;
  const TerminalModes modes;
  start_child();
  const ChildEnd end = watch_child();
  if (end.signal) modes.restore();
  RelayedOutput output;
  if (relay_) output = relay_->finish();
  if (!options_.leave_output) {
    run_.output = output.text;
    run_.output_cut = output.cut;
  }
  write_run(end);
  watch_until(monotonic_now() + options_.around);
  status_.clear();
  // From here on only this machine works, however long: an interruption loses nothing but that.
  recorder_->settle();
  signals_.release();
  write_loads(output);
  recorder_->finish();
  if (recorder_->dropped_ticks() > 0)
    std::cerr << "tierwatch: " << recorder_->dropped_ticks() << " samples could not be recorded\n";
  return RunEnd{.child = end, .output_error = output.write_error};
}

/// False when a signal ended it.
bool RecordRun::watch_until(nanoseconds end) {
  while (!interrupted_ && monotonic_now() < end) wait_once(end);
  return !interrupted_;
}

void RecordRun::start_child() {
  run_.begin = std::chrono::system_clock::now();
  child_started_ = monotonic_now();
  child_ =
      std::make_unique<ChildProcess>(options_.command, relay_ ? relay_->child_end() : -1, signals_);
  if (relay_) relay_->start();
  recorder_->add(run_);
}

ChildEnd RecordRun::watch_child() {
  while (!child_->ended()) wait_once(nanoseconds::max());
  run_.end = std::chrono::system_clock::now();
  // As long as it is not reaped the kernel tells what it used since the last sample.
  const auto last_sample = latest_;
  const nanoseconds patience = monotonic_now() + kLastSample;
  while (latest_ == last_sample && monotonic_now() < patience) wait_once(patience);
  const ChildEnd end = child_->reap();
  child_.reset();
  interrupted_ = false;  // that signal was the program's
  return end;
}

/// Sleeps until something is due or comes, and does it.
bool RecordRun::wait_once(nanoseconds until) {
  const auto due = std::min({ticks_.next(), queue_looks_.next(), until});
  const auto signal = signals_.wait_until(due, marks_.descriptor());
  if (signal) on_signal(*signal);
  for (int taken = 0; taken < MarkSocket::kMarksAtOnce; ++taken) {
    const auto text = marks_.take();
    if (!text) break;
    recorder_->add(RunMark{.at = std::chrono::system_clock::now(), .text = *text});
  }
  if (monotonic_now() >= due) on_deadline();
  return signal.has_value();
}

void RecordRun::on_signal(const RunSignal& signal) {
  switch (signal.number) {
    case SIGCHLD:
      return;
    case SIGWINCH:
      if (relay_) relay_->resize();
      if (child_) child_->send(SIGWINCH);  // now that its terminal has the new size
      return;
    case SIGTSTP:
      if (child_ && !signal.from_kernel) child_->send(SIGTSTP);
      return stop_with_child();
    default:
      if (child_ && !signal.from_kernel) child_->send(signal.number);
      if (signal.number != SIGUSR1 && signal.number != SIGUSR2) interrupted_ = true;
  }
}

/// A shell sees us stop, as it would have seen the program; `fg` and `bg` wake both.
void RecordRun::stop_with_child() {
  status_.clear();
  raise(SIGSTOP);
  if (child_) child_->send(SIGCONT);
}

void RecordRun::on_deadline() {
  if (monotonic_now() >= ticks_.next())
    tick();
  else
    feed_.sample_queues();
  queue_looks_.advance(monotonic_now());
}

void RecordRun::tick() {
  latest_ = feed_.sample(ticks_.late(), recorder_->dropped_ticks());
  recorder_->add(latest_);
  ticks_.advance(monotonic_now());
  if (child_) child_->reap_orphans();  // after the sample that sees all they used
  show_status();
}

void RecordRun::show_status() {
  const std::string time = child_ ? minutes_and_seconds(monotonic_now() - child_started_)
                                  : (run_.end ? "after the run" : "before the run");
  status_.show("tierwatch " + time + "  " + latest_->verdict.sentence);
}

void RecordRun::write_run(const ChildEnd& end) {
  using Seconds = std::chrono::duration<double>;
  run_.exit_status = end.exit_status;
  run_.signal = end.signal;
  run_.user_cpu_seconds = Seconds(end.user_cpu).count();
  run_.system_cpu_seconds = Seconds(end.system_cpu).count();
  recorder_->add(run_);
}

void RecordRun::write_loads(const RelayedOutput& output) {
  for (const LoadArgument& load : loads_) write_load(load);
  if (loads_.empty()) write_printed_loads(output);
}

void RecordRun::write_load(const LoadArgument& load) {
  try {
    recorder_->add(read_load_file(load, RunTime{run_.begin, *run_.end}));
  } catch (const ImportError& error) {
    std::cerr << told_line("the run is recorded without " + load.file.string() + ": " +
                           error.what());
  }
}

/// wrk, ab, hey and others print their results, scripts that call them several; what is none of
/// them is left alone.
void RecordRun::write_printed_loads(const RelayedOutput& output) {
  const auto results = printed_results(output.text);
  std::size_t unread = 0;
  for (const PrintedResult& result : results) {
    const auto text = std::string_view(output.text).substr(result.begin, result.size);
    auto load = read_printed(text);
    if (!load) {
      ++unread;
      continue;
    }
    // It is printed when its run is over.
    const auto told = output.arrival_of(result.told_at);
    if (told && result.of_summary) load->start = std::max(run_.begin, *told - length_of(*load));
    if (results.size() > 1) load->source = "printed by " + load->tool;
    recorder_->add(*std::move(load));
  }
  if (unread > 0 && results.size() > 1)
    std::cerr << "tierwatch: " << unread << " of " << results.size()
              << " printed results could not be read; the report is made without them\n";
}

std::optional<LoadSeries> RecordRun::read_printed(std::string_view text) const {
  // Without a name: in a directory that others may write to they could have it ready.
  const FileDescriptor file(memfd_create("printed", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), text)) return std::nullopt;
  std::optional<LoadSeries> load;
  try {
    load = import_load("/proc/self/fd/" + std::to_string(file.get()), {.start = run_.begin});
    load->source = "what it printed";
  } catch (const ImportError& error) {
    log_debug(error.what());
  }
  return load;
}

}  // namespace tierwatch
