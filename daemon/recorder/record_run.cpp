// SPDX-License-Identifier: MIT
#include "daemon/recorder/record_run.h"

#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "analysis/load/run_sample.h"
#include "collectors/seconds.h"
#include "collectors/text/format.h"
#include "collectors/text/printable_text.h"
#include "config/values.h"
#include "daemon/feeds/local_feed.h"
#include "daemon/inside/inside_recorder.h"
#include "daemon/recorder/load_files.h"
#include "daemon/recorder/output_relay.h"
#include "daemon/recorder/run_signals.h"
#include "daemon/recorder/status_line.h"
#include "daemon/service/clock.h"
#include "daemon/service/history.h"
#include "daemon/service/mark_socket.h"
#include "daemon/service/tick_schedule.h"
#include "exporters/output_file.h"
#include "exporters/recording/queued_recorder.h"

namespace tierwatch {
namespace {

/// Left for everything but the kept kernel files. The soft limit stays as it is: the program we
/// start inherits it.
constexpr rlim_t kDescriptorsOfRecord = 512, kDescriptorsOfInside = 256;
/// How long a program that has ended is kept for the next sample.
constexpr nanoseconds kLastSample = std::chrono::seconds(1);

/// Throws std::runtime_error when there is no such tier.
void check_inside(const RecordOptions& options, const TierRules& rules) {
  if (!options.inside) return;
  std::vector<std::string_view> names;
  for (const TierRule& tier : rules.tiers) names.push_back(tier.name);
  const auto is_tier = [&names](const std::string& word) {
    return std::ranges::count(names, word) > 0;
  };
  for (const std::string& tier : options.inside_tiers) {
    if (is_tier(tier)) continue;
    const auto near = nearest(tier, names);
    throw std::runtime_error(
        "--inside=" + tier + ": no tier is called that" +
        (near ? "; did you mean " + std::string(*near) + "?" : "; tierwatch match lists them"));
  }
  if (options.inside_tiers.empty() && is_tier(options.command[0]))
    throw std::runtime_error(
        "--inside takes a tier behind =, such as --inside=" + options.command[0] +
        "; a command of that name is run as ./" + options.command[0] + " or by its path");
}

Config run_config(const RecordOptions& options) {
  Config config = load_config_or_default(options.config);
  check_inside(options, config.rules);
  config.sampling.interval = options.interval;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t taken = kDescriptorsOfRecord + (options.inside ? kDescriptorsOfInside : 0);
  const rlim_t room = limit.rlim_cur > taken ? limit.rlim_cur - taken : 0;
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
  return formatted("{}:{:02}", seconds / 60, seconds % 60);
}

class RecordRun {
 public:
  RecordRun(const RecordOptions& options, const std::string& name,
            const std::filesystem::path& file)
      : options_(options),
        loads_(load_arguments(options.loads)),
        status_(!options.leave_output || !isatty(STDOUT_FILENO)),
        sampling_(options),
        marks_("record", file.string()) {
    if (!options.leave_output) relay_ = std::make_unique<OutputRelay>(status_);
    RecorderOptions recorder{.file = file,
                             .session = session_of("record", options.interval),
                             .queued_ticks = 256,
                             .queued_bytes = 256u << 20,
                             .retry_after = std::chrono::milliseconds(1000),
                             .one_file = true};
    auto writer = new_recording(file, recorder.session);
    run_ = {.run = 1, .name = name, .command = shell_quoted(options.command)};
    recorder_ = std::make_unique<QueuedRecorder>(
        std::move(recorder), [](const std::string& line) { std::cerr << told_line(line); },
        std::move(writer));
    if (options.inside) begin_inside();
  }

  RunEnd run() {
    if (!watch_until(monotonic_now() + options_.around)) return {.interruption = interruption_};
    const TerminalModes modes;
    start_child();
    const ChildEnd end = watch_child();
    if (end.signal) modes.restore();
    RelayedOutput output;
    if (relay_) output = relay_->finish();
    write_run(end, output);
    watch_until(monotonic_now() + options_.around);
    if (inside_) inside_->finish();
    status_.clear();
    // From here on only this machine works, however long: an interruption loses nothing but that.
    recorder_->settle();
    signals_.release();
    std::vector<LoadSeries> loads = loads_of_run(loads_, output, {run_.begin, *run_.end});
    const bool loads_read = loads_.empty() || loads.size() == loads_.size();
    for (LoadSeries& load : loads) recorder_->add(std::move(load));
    const bool recorded = recorder_->finish();
    if (recorder_->dropped_ticks() > 0)
      std::cerr << "tierwatch: " << recorder_->dropped_ticks()
                << " samples could not be recorded\n";
    recorder_.reset();  // closes the file
    return RunEnd{.child = end,
                  .output_error = output.write_error,
                  .recorded = recorded,
                  .loads_read = loads_read};
  }

 private:
  /// What samples this machine, and when.
  struct Sampling {
    explicit Sampling(const RecordOptions& options)
        : feed(run_config(options)),
          ticks(monotonic_now(), options.interval),
          queue_looks(monotonic_now(), LocalFeed::kQueueInterval) {}

    LocalFeed feed;
    TickSchedule ticks, queue_looks;
    SnapshotPtr latest;
  };
  struct Child {
    ChildProcess process;
    nanoseconds started;
  };

  void begin_inside() {
    inside_ = std::make_unique<InsideRecorder>(
        options_.inside_tiers, [this](InsideNews news) { recorder_->add(std::move(news)); },
        [this](const std::string& line) {
          status_.clear();
          std::cerr << told_line(line);
        });
  }

  /// False when a signal ended it.
  bool watch_until(nanoseconds end) {
    while (!interrupted_ && monotonic_now() < end) wait_once(end);
    return !interrupted_;
  }

  void start_child() {
    run_.begin = std::chrono::system_clock::now();
    const int output = relay_ ? relay_->child_end() : -1;
    child_ = Child{ChildProcess(options_.command, output, signals_), monotonic_now()};
    if (relay_) relay_->start();
    recorder_->add(run_);
  }

  ChildEnd watch_child() {
    while (!child_->process.ended()) wait_once(nanoseconds::max());
    run_.end = std::chrono::system_clock::now();
    // As long as it is not reaped the kernel tells what it used since the last sample.
    const auto last_sample = sampling_.latest;
    const nanoseconds patience = monotonic_now() + kLastSample;
    while (sampling_.latest == last_sample && monotonic_now() < patience) wait_once(patience);
    const ChildEnd end = child_->process.reap();
    child_.reset();
    interrupted_ = false;  // that signal was the program's
    return end;
  }

  /// Sleeps until something is due or comes, and does it.
  void wait_once(nanoseconds until) {
    const auto due = std::min({sampling_.ticks.next(), sampling_.queue_looks.next(), until});
    if (const auto signal = signals_.wait_until(due, marks_.descriptor())) on_signal(*signal);
    record_marks(marks_, *recorder_);
    if (monotonic_now() >= due) on_deadline();
  }

  void on_signal(const RunSignal& signal) {
    switch (signal.number) {
      case SIGCHLD:
        return;
      case SIGWINCH:
        if (relay_) relay_->resize();
        if (child_) child_->process.send(SIGWINCH);  // now that its terminal has the new size
        return;
      case SIGTSTP:
        if (child_ && !signal.from_kernel) child_->process.send(SIGTSTP);
        return stop_with_child();
      default:
        if (child_ && !signal.from_kernel) child_->process.send(signal.number);
        if (signal.number == SIGUSR1 || signal.number == SIGUSR2) return;
        interrupted_ = true;
        interruption_ = signal.number;
    }
  }

  /// A shell sees us stop, as it would have seen the program; `fg` and `bg` wake both.
  void stop_with_child() {
    status_.clear();
    signals_.stop();
    if (child_) child_->process.send(SIGCONT);
  }

  void on_deadline() {
    if (monotonic_now() >= sampling_.ticks.next())
      tick();
    else
      sampling_.feed.sample_queues();
    sampling_.queue_looks.advance(monotonic_now());
  }

  void tick() {
    sampling_.latest = sampling_.feed.sample(sampling_.ticks.late(), recorder_->dropped_ticks());
    recorder_->add(sampling_.latest);
    if (inside_) inside_->set(sampling_.latest);
    sampling_.ticks.advance(monotonic_now());
    if (child_) child_->process.reap_orphans();  // after the sample that sees all they used
    show_status();
  }

  void show_status() {
    const std::string time = child_ ? minutes_and_seconds(monotonic_now() - child_->started)
                                    : (run_.end ? "after the run" : "before the run");
    status_.show("tierwatch " + time + "  " + sampling_.latest->verdict.sentence);
  }

  void write_run(const ChildEnd& end, const RelayedOutput& output) {
    if (relay_) {
      run_.output = output.text;
      run_.output_cut = output.cut;
    }
    run_.exit_status = end.exit_status;
    run_.signal = end.signal;
    run_.user_cpu_seconds = seconds_of(end.user_cpu);
    run_.system_cpu_seconds = seconds_of(end.system_cpu);
    recorder_->add(run_);
  }

  const RecordOptions& options_;
  RunSignals signals_;  // before any thread
  std::vector<LoadArgument> loads_;
  StatusLine status_;
  std::unique_ptr<OutputRelay> relay_;  ///< null: the program writes to our stdout itself
  Sampling sampling_;
  MarkSocket marks_;
  std::unique_ptr<QueuedRecorder> recorder_;
  std::unique_ptr<InsideRecorder> inside_;  ///< null: not asked for
  std::optional<Child> child_;              ///< while it runs
  RunRow run_;
  bool interrupted_ = false;
  int interruption_ = 0;  ///< the signal
};

}  // namespace

RunEnd record_run(const RecordOptions& options, const std::string& name,
                  const std::filesystem::path& file) {
  std::unique_ptr<RecordRun> run;
  try {
    run = std::make_unique<RecordRun>(options, name, file);
  } catch (const ConfigError&) {
    throw;
  } catch (const std::exception& error) {
    throw NotRun(error.what());
  }
  return run->run();
}

}  // namespace tierwatch
