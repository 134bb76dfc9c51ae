// SPDX-License-Identifier: MIT
#include "daemon/inside/request_inside.h"

#include <algorithm>
#include <stdexcept>

#include "collectors/requests/log_follower.h"
#include "collectors/text/plain_words.h"
#include "daemon/inside/native_inside.h"
#include "daemon/inside/process_title.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

/// How often the files are looked at.
constexpr nanoseconds kBetweenReads = std::chrono::milliseconds(50);
/// Of many processes the first may open it.
constexpr std::size_t kMostOpeners = 8;
constexpr std::size_t kMostLogs = 64;

class RequestSubject : public InsideSubject {
 public:
  explicit RequestSubject(const SettingsSource& source) : source_(source) {}

  void set_processes(const std::vector<ProcessId>& processes) override {
    processes_ = processes;
    if (!tried_) find_logs();
    tried_ = true;
  }
  InsideTargets targets() const override { return {.read = logs_.size()}; }

  void look() override {
    const nanoseconds now = monotonic_now();
    if (now - last_read_ < kBetweenReads) return;
    last_read_ = now;
    for (Log& log : logs_)
      log.follower.follow(now, [&](std::string_view line) { take(log, line); });
  }

  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const Log& log : logs_) paths.push_back(log.path);
    return paths;
  }
  /// Why logs are not followed; a configuration that cannot be read is one of them.
  const std::vector<std::string>& not_followed() const { return not_followed_; }
  std::uint64_t unread() const {
    std::uint64_t all = unread_;
    for (const Log& log : logs_) all += log.follower.too_long();
    return all;
  }
  std::uint64_t truncations() const {
    std::uint64_t all = 0;
    for (const Log& log : logs_) all += log.follower.truncations();
    return all;
  }
  const EndpointTally& tally() const { return tally_; }

 private:
  struct Log {
    std::string path;
    LogFormat format;
    LogFollower follower;
  };

  /// Of all servers of the tier: their masters have a configuration, workers do not show it.
  void find_logs() {
    bool read = false;
    for (const ProcessId& id : processes_) {
      ForeignFiles theirs(files_, id.pid);
      const auto found =
          source_.access_logs(theirs, {.id = id, .title = process_title(files_, id.pid)});
      if (!found) continue;
      read = true;
      not_followed_.insert(not_followed_.end(), found->not_followed.begin(),
                           found->not_followed.end());
      for (const AccessLogPlace& place : found->places) begin(place);
    }
    if (!read)
      not_followed_.push_back("its configuration cannot be read, or it is not known where it lies");
    else if (logs_.empty() && not_followed_.empty())
      not_followed_.push_back("its configuration has none");
  }

  void begin(const AccessLogPlace& place) {
    const bool known =
        std::ranges::any_of(logs_, [&](const Log& log) { return log.path == place.path; });
    if (known || logs_.size() >= kMostLogs) return;
    std::string why = "its path does not begin with a slash";
    auto format = place.path.starts_with('/') ? LogFormat::parse(place.format, why) : std::nullopt;
    if (format) {
      LogFollower follower([this, path = place.path] { return open(path); });
      if (follower.begin()) {
        logs_.push_back({place.path, std::move(*format), std::move(follower)});
        return;
      }
      why = "it cannot be opened";
    }
    not_followed_.push_back(place.path + ": " + why);
  }

  /// A worker's user owns it, or root; each process may open what is root's or its own.
  FileDescriptor open(const std::string& path) {
    for (std::size_t i = 0; i < std::min(processes_.size(), kMostOpeners); ++i) {
      ForeignFiles theirs(files_, processes_[i].pid);
      if (FileDescriptor file = theirs.open(path)) return file;
    }
    return {};
  }

  void take(Log& log, std::string_view line) {
    LoggedRequest request;
    if (log.format.read(line, request))
      tally_.add(request);
    else
      ++unread_;
  }

  ProcFs files_;
  const SettingsSource& source_;
  std::vector<ProcessId> processes_;
  bool tried_ = false;
  std::vector<Log> logs_;
  std::vector<std::string> not_followed_;
  EndpointTally tally_;
  std::uint64_t unread_ = 0;
  nanoseconds last_read_{};
};

}  // namespace

RequestReport look_into_requests(InsideSession& session, const InsideWish& wish, std::size_t tier,
                                 const SettingsSource& source,
                                 std::optional<NativeReport>& native) {
  const auto subject = std::make_shared<RequestSubject>(source);
  const auto both = std::make_shared<BesideNative>(subject, wish.hz);
  InsideTier inside(session, both);
  if (!inside.attach(tier))
    throw NoLog("which requests " + inside.name() + " finishes is told by its access log alone: " +
                joined(subject->not_followed(), "; "));
  RequestReport report;
  InsideWish reading = wish;
  reading.hz = std::min(wish.hz, std::max(20u, wish.hz / 4));
  inside.look(reading, SIZE_MAX, report);
  native = both->code(report);
  report.findings = find_requests(subject->tally(), report.seconds);
  report.logs = subject->paths();
  report.unread = subject->unread();
  for (const std::string& one : subject->not_followed())
    report.remarks.push_back("not followed: " + one);
  if (subject->truncations() > 0)
    report.remarks.push_back(
        "a log was cut (copytruncate): lines of the moments before that may be missing");
  return report;
}

}  // namespace tierwatch
