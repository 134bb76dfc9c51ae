// SPDX-License-Identifier: MIT
//
// Requests, one after the other, into points and totals. Every format whose rows are requests ends
// here, so that what a second, an edge or a user means is decided once.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "collectors/loads/load_series.h"
#include "collectors/loads/series/label_tally.h"
#include "collectors/loads/series/latency_histogram.h"

namespace tierwatch {

/// One request; times since the epoch, or since the run's start for tools without a time of day.
struct RequestRow {
  std::chrono::nanoseconds begin{}, end{};
  bool failed = false;
  std::optional<double> received_bytes;
  /// False: the tool wrote no latency, as of a connection that was refused.
  bool timed = true;
  /// Of a row that stands for several: how many, and how many of them failed. Their times are
  /// those of a mean one.
  std::uint32_t samples = 1, failed_samples = 0;
  /// What the tool calls requests like this one; empty: nothing. Must live until add() returns.
  std::string_view label{};
};

/// Counts requests by the second in which they ended; their order does not matter. Memory is
/// bounded: beyond four hours, points become 2, 4, 8… seconds long. Runs that lie more than a day
/// apart are counted each by itself, 16 of them at most. Not thread-safe.
class RequestTally {
 public:
  /// What the users of a point are: nothing, what see_users() or step_users() told, or the mean
  /// number of requests in flight. Before the first of see_users(), which many tools write when a
  /// request has ended, those in flight are the users, unless more than it says.
  enum class Users { kNone, kSeen, kSteps, kInFlight };

  explicit RequestTally(Users users = Users::kNone) : users_(users) {}

  /// Counts one. Returns null, or why it cannot be right: then nothing was counted.
  const char* add(const RequestRow& request);
  /// The tool said how many users were active. Returns as add().
  const char* see_users(std::chrono::nanoseconds at, double users);
  /// So many requests were due then and never sent. Returns as add().
  const char* see_dropped(std::chrono::nanoseconds at, double requests);
  /// Users came (+1) or went (-1). Returns as add().
  const char* step_users(std::chrono::nanoseconds at, int by);

  std::uint64_t requests() const { return requests_; }
  /// When the first request began; valid when there is one.
  std::chrono::nanoseconds begin() const { return begin_; }

  /// Call at the end when rows tell whole seconds only, as times in the middle of them: where in
  /// the first and last second the run began and ended is then estimated from how many requests
  /// they hold, compared with those between. False if there are fewer than three seconds: the
  /// run's length is then not known to better than a second or two.
  bool estimate_edges();

  /// Writes points and totals and gives up what was counted. The series' start is set to the first
  /// request's begin if `absolute`; points are relative to it. A pause, half a minute and more in
  /// which no request was under way, and ten times what is usual, has no points. Of what lies more
  /// than a day apart, ten requests and a hundredth of the largest are a run; a warning tells of
  /// less.
  void write_to(LoadSeries& series, bool absolute);

 private:
  struct Bin {
    double requests = 0, errors = 0, bytes = 0;
    double begun = 0;    ///< requests that began in it
    double dropped = 0;  ///< that were due in it, and never sent
    bool has_bytes = false;
    LatencyHistogram latency;
    double users_sum = 0, users_seen = 0;
    /// The level of users or of requests in flight: what it changed by in this bin, and the area
    /// that those changes make until the bin's end, in users × ns.
    std::int64_t change = 0;
    double area = 0;
    void merge(const Bin& later);
  };
  /// One or more bins within the edges of the run.
  struct Slice {
    std::int64_t begin = 0, end = 0;
    Bin bin;
    double level_area = 0;
    bool after_pause = false;
    std::optional<double> users_to_come;  ///< the next that were told, of this run
    bool idle() const { return bin.requests <= 0 && level_area < 0.5; }
  };

  bool is_near(std::chrono::nanoseconds at) const;
  RequestTally* run_of(std::chrono::nanoseconds at);
  std::vector<RequestTally*> runs_in_order(LoadSeries& series);
  void write_run(LoadSeries& series);
  std::int64_t index_of(std::chrono::nanoseconds at) const;
  Bin& bin_at(std::chrono::nanoseconds at) { return bins_[index_of(at) - first_]; }
  const char* fit(std::chrono::nanoseconds at);
  void widen_bins();
  void step(std::chrono::nanoseconds at, int by);
  std::vector<Slice> slices();
  static void look_ahead(std::vector<Slice>& slices);
  void leave_out_pauses(std::vector<Slice>& slices) const;
  std::optional<double> users_of(const Slice& slice);
  void set_sending(const Slice& slice, LoadPoint& point) const;

  Users users_;
  std::int64_t width_ = 1'000'000'000;  ///< of a bin, ns
  std::int64_t first_ = 0;              ///< bins_[0] begins at first_ × width_
  std::deque<Bin> bins_;
  std::uint64_t requests_ = 0;
  LabelTally labels_;
  std::vector<RequestTally> far_;  ///< runs more than a day away
  bool dropped_ = false;           ///< something was dropped
  bool grouped_ = false;           ///< a row stood for several requests
  std::chrono::nanoseconds begin_{}, end_{};
  std::optional<double> last_users_;
};

}  // namespace tierwatch
