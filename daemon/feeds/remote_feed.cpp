// SPDX-License-Identifier: MIT
#include "daemon/feeds/remote_feed.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "config/own_file.h"
#include "daemon/feeds/port_owner.h"
#include "daemon/service/clock.h"
#include "exporters/http/http_fetcher.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/live/recent_document.h"

namespace tierwatch {
namespace {

HttpFetcherOptions fetcher_options(const RemoteOptions& options) {
  if (!options.unix_socket.empty())
    return {.unix_socket = options.unix_socket, .base_url = "http://localhost"};
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  HttpFetcherOptions wanted{.base_url = url,
                            .ca_file = options.ca_file,
                            .insecure = options.insecure,
                            .anonymous = options.anonymous};
  if (!wanted.ca_file.empty())
    if (const OwnFile certificates = read_own_file(wanted.ca_file); !certificates.problem.empty())
      throw std::runtime_error(wanted.ca_file + ": cannot be read: " + certificates.problem);
  if (!options.password) return wanted;
  wanted.base_url = without_password(url);
  wanted.user = user_of(url);
  wanted.password = *options.password;
  return wanted;
}

std::string status_words(const Fetched& fetched, bool had_password) {
  switch (fetched.status) {
    case 0:
      return "no answer: " + fetched.problem;
    case 401:
      if (had_password) return "the user or the password is wrong";
      return "authentication required: --url https://USER@HOST, and the password in "
             "TIERWATCH_PASSWORD or ~/.netrc";
    case 429:
      return "too many passwords were tried there at once";
    case 503:
      return "the daemon has no sample yet";
    default:
      return "the answer was HTTP status " + std::to_string(fetched.status);
  }
}

class RemoteFeed : public TopFeed {
 public:
  explicit RemoteFeed(const RemoteOptions& options)
      : fetcher_(fetcher_options(options)),
        on_this_machine_(!options.unix_socket.empty() || options.anonymous),
        unnamed_(options.anonymous),
        had_password_(options.password.has_value()),
        source_("attached to " + (options.unix_socket.empty() ? without_password(options.url)
                                                              : options.unix_socket)) {}

  FeedNews sample() override {
    // Each time: the one who answered may have ended, and somebody else have taken his port.
    if (const std::string stranger = unnamed_ ? stranger_at(kDaemonPort) : ""; !stranger.empty())
      return {.trouble = stranger};
    std::string path = "/api/v1/snapshot?processes=table";
    if (const pid_t pid = looked_at_.load()) path += "&in_full=" + std::to_string(pid);
    const Fetched fetched = fetcher_.get(path);
    if (fetched.status != 200)
      return {.trouble = status_words(fetched, had_password_),
              .nobody_there = fetched.nobody_there};
    try {
      FeedNews fresh = news(std::make_shared<const Snapshot>(snapshot_from_json(fetched.body)));
      if (past_wanted_.exchange(false)) fresh.around = last_hours();
      return fresh;
    } catch (const std::invalid_argument& error) {
      return {.trouble = std::string("no snapshot came: ") + error.what()};
    }
  }

  std::string source() const override { return source_; }
  bool local() const override { return on_this_machine_; }
  nanoseconds interval(nanoseconds asked, const Snapshot* snapshot) const override {
    return snapshot ? std::max(asked, snapshot->interval) : asked;
  }
  void look_at(pid_t pid) override { looked_at_ = pid; }
  void want_past() override { past_wanted_ = true; }
  void cancel() override { fetcher_.cancel(); }

 private:
  /// As the daemon tells it; absent where it is too old to.
  std::optional<Timeline> last_hours() {
    const Fetched fetched = fetcher_.get("/api/v1/recent?ticks=none");
    if (fetched.status != 200) return std::nullopt;
    try {
      RecentDocument recent = recent_from_json(fetched.body);
      return Timeline{.spans = std::move(recent.verdicts), .marks = std::move(recent.marks)};
    } catch (const std::invalid_argument&) {
      return std::nullopt;
    }
  }

  /// Clocks of another machine tell nothing: there, it is as old as it is long here.
  FeedNews news(SnapshotPtr snapshot) {
    const bool again = snapshot->sequence == sequence_ && snapshot->at == at_;
    sequence_ = snapshot->sequence;
    at_ = snapshot->at;
    if (again) return {};
    const nanoseconds now = monotonic_now();
    const nanoseconds taken_at = on_this_machine_ ? std::min(now, snapshot->at.monotonic) : now;
    return {.snapshot = std::move(snapshot), .taken_at = taken_at};
  }

  HttpFetcher fetcher_;
  bool on_this_machine_, unnamed_, had_password_;
  std::string source_;
  std::uint64_t sequence_ = 0;
  Instant at_;
  std::atomic<pid_t> looked_at_ = 0;
  std::atomic<bool> past_wanted_ = false;
};

}  // namespace

std::unique_ptr<TopFeed> make_remote_feed(const RemoteOptions& options) {
  return std::make_unique<RemoteFeed>(options);
}

std::string user_of(const std::string& url) { return user_in(url); }

bool wants_password(const RemoteOptions& options) {
  return HttpFetcher(fetcher_options(options)).get("/-/healthy").status == 401;
}

std::string url_problem(const std::string& url) {
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  if (!known || url.size() <= host) return "write it like http://host:9718 or https://host:9718";
  if (url.find_first_of(" \t\r\n") != std::string::npos) return "it has blanks in it";
  const std::size_t at = url.rfind('@', std::min(url.find('/', host), url.size()));
  if (at != std::string::npos && at > host && url.substr(host, at - host).find(':') < at - host)
    return "every user of this machine would see the password (ps): write only the user, and give "
           "the password as TIERWATCH_PASSWORD, in ~/.netrc or when asked";
  const std::size_t path = url.find_first_of("/?#", host);
  if (path != std::string::npos && path + 1 != url.size())
    return "only scheme, host and port are allowed, no path";
  return "";
}

}  // namespace tierwatch
