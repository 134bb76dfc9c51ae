// SPDX-License-Identifier: MIT
#include "analysis/load/sending_model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "analysis/stats/estimate.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kGroupSeconds = 2;    ///< what is compared is at least so long
constexpr double kGroupRequests = 30;  ///< and holds so many
constexpr std::size_t kFewestGroups = 5;
constexpr double kVaried = 1.3;      ///< longest latency by the shortest
constexpr double kAlwaysBusy = 0.9;  ///< of the time in which a user has a request under way
constexpr double kRoomInPace = 0.8;  ///< of a cycle: a longer answer sets the pace itself
constexpr double kOutOfPace = 1.1;   ///< of the usual cycle: answers were missing for a while
constexpr double kNoPause = 0.1;     ///< of a cycle: less is the resolution of the tool

constexpr const char* kFollowedPartly =
    "the pause between requests followed latency neither in full nor not at all";

/// Neighbouring points as one.
struct SendingGroup {
  double seconds = 0, requests = 0, begun = 0, latency_sum = 0, user_seconds = 0;
  double latency() const { return latency_sum / requests; }
  /// Of a user, from the begin of a request to that of its next.
  double cycle() const { return user_seconds / std::max(1.0, begun); }
  bool enough() const { return seconds >= kGroupSeconds && requests >= kGroupRequests; }
};
using Groups = std::vector<SendingGroup>;

void add_point(const LoadPoint& point, SendingGroup& group) {
  const double seconds = seconds_of(point.length);
  group.seconds += seconds;
  group.requests += point.requests;
  group.begun += point.started.value_or(point.requests);
  group.latency_sum += point.requests * point.mean_seconds.value_or(0);
  group.user_seconds += point.users.value_or(0) * seconds;
}

/// Each point of several runs is one.
Groups groups_of(const LoadSeries& load) {
  Groups groups;
  SendingGroup current;
  std::chrono::nanoseconds end{};
  for (const LoadPoint& point : load.points) {
    if (!point.mean_seconds && point.requests > 0) continue;
    if (point.begin != end) current = {};
    end = point.begin + point.length;
    add_point(point, current);
    if (!load.points_are_runs && !current.enough()) continue;
    if (current.requests > 0) groups.push_back(current);
    current = {};
  }
  const LoadTotals& totals = load.totals;
  if (load.points.empty() && totals.mean_seconds && totals.requests > 0)
    groups.push_back({.seconds = totals.seconds,
                      .requests = totals.requests,
                      .begun = totals.requests,
                      .latency_sum = totals.requests * *totals.mean_seconds,
                      .user_seconds = totals.users.value_or(0) * totals.seconds});
  return groups;
}

/// The tool tells how many there were; else they are the requests under way themselves.
bool users_are_told(const LoadSeries& load) {
  if (load.points.empty()) return load.totals.users.has_value();
  return std::ranges::all_of(load.points,
                             [](const LoadPoint& one) { return one.users.has_value(); }) &&
         std::ranges::any_of(load.points, [](const LoadPoint& one) {
           return !one.under_way || std::abs(*one.under_way - *one.users) > 1e-6 * (1 + *one.users);
         });
}

/// They were as many as the second before, most of the time: nobody comes with each request.
bool users_stand(const LoadSeries& load) {
  if (load.points.size() < 2 || load.points_are_runs) return true;
  std::size_t level = 0;
  for (std::size_t i = 1; i < load.points.size(); ++i) {
    const double before = *load.points[i - 1].users, now = *load.points[i].users;
    if (std::abs(now - before) <= 0.01 * std::max(now, before)) ++level;
  }
  return 2 * level >= load.points.size() - 1;
}

bool latency_varied(const Groups& groups) {
  if (groups.size() < kFewestGroups) return false;
  const auto [least, most] = std::ranges::minmax(groups, {}, &SendingGroup::latency);
  return least.latency() > 0 && most.latency() >= kVaried * least.latency();
}

using Axis = std::function<double(const SendingGroup&)>;

/// The 95 % interval of the slope of y over x.
std::optional<Estimate> slope_of(const Groups& groups, const Axis& x, const Axis& y) {
  std::vector<LinePoint> points;
  for (const SendingGroup& group : groups)
    points.push_back({.x = x(group), .y = y(group), .weight = group.seconds});
  const auto fit = fit_line(points);
  return fit ? std::optional(fit->slope) : std::nullopt;
}

bool slope_within(const std::optional<Estimate>& slope, double low, double high) {
  return slope && slope->low >= low && slope->high <= high;
}

std::string latency_span(const Groups& groups) {
  const auto [least, most] = std::ranges::minmax(groups, {}, &SendingGroup::latency);
  return length_words(least.latency()) + " to " + length_words(most.latency());
}

double middle_cycle(const Groups& groups) {
  std::vector<double> cycles;
  for (const SendingGroup& group : groups) cycles.push_back(group.cycle());
  return quantile(std::move(cycles), 0.5).value_or(0);
}

/// Without those in which answers took too long for any pace, all the time or for a while, and
/// without their neighbours: a stall seldom ends where a group does.
Groups with_room(const Groups& groups) {
  const double most = kOutOfPace * middle_cycle(groups);
  const auto lacks_room = [&](std::size_t i) {
    return i < groups.size() &&
           (groups[i].latency() >= kRoomInPace * groups[i].cycle() || groups[i].cycle() > most);
  };
  Groups some;
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (!lacks_room(i) && !lacks_room(i + 1) && !(i > 0 && lacks_room(i - 1)))
      some.push_back(groups[i]);
  return some;
}

/// Whatever the answers took, each user began as many requests.
std::optional<SendingModel> paced_by_users(const Groups& all) {
  const Groups groups = with_room(all);
  const auto slope = slope_of(groups, &SendingGroup::latency, &SendingGroup::cycle);
  if (!latency_varied(groups) || !slope_within(slope, -0.35, 0.35)) return std::nullopt;
  const double pace = middle_cycle(groups);
  return SendingModel{.model = LoadModel::kPaced,
                      .measured = true,
                      .words = "each user began a request every " + length_words(pace) +
                               ", whether the last answer took " + latency_span(groups),
                      .pause_seconds = {},
                      .pace_seconds = pace};
}

/// As much longer as an answer took, a user's next request came later.
std::optional<SendingModel> closed_by_users(const Groups& groups) {
  double busy = 0, present = 0;
  for (const SendingGroup& group : groups) {
    busy += group.latency_sum;
    present += group.user_seconds;
  }
  if (present <= 0) return std::nullopt;
  const bool always = busy >= kAlwaysBusy * present;
  const auto slope = slope_of(groups, &SendingGroup::latency, &SendingGroup::cycle);
  if (!always && !(latency_varied(groups) && slope_within(slope, 0.65, 1.5))) return std::nullopt;
  double requests = 0;
  for (const SendingGroup& group : groups) requests += group.requests;
  const double pause = std::max(0.0, (present - busy) / requests);
  SendingModel model{.model = LoadModel::kClosed,
                     .measured = true,
                     .words = {},
                     .pause_seconds = 0,
                     .pace_seconds = {}};
  if (pause < kNoPause * present / requests) {
    model.words = "a request of each user was under way " + percent(std::min(1.0, busy / present)) +
                  " of the time: the next one begins when the last is answered";
    return model;
  }
  model.pause_seconds = pause;
  model.words = "each user paused for " + length_words(pause) +
                " after an answer, whether it took " + latency_span(groups);
  return model;
}

SendingModel by_users(const Groups& groups) {
  if (auto paced = paced_by_users(groups)) return *std::move(paced);
  if (auto closed = closed_by_users(groups)) return *std::move(closed);
  return {.words =
              latency_varied(groups)
                  ? kFollowedPartly
                  : "users were idle between requests, and latency hardly varied: a pause after "
                    "each answer and a pace of their own look the same then"};
}

/// Of requests without users: whether fewer began while answers took longer. At the end only
/// answers are left.
SendingModel by_rate(Groups groups) {
  std::erase_if(groups, [](const SendingGroup& one) { return 2 * one.begun < one.requests; });
  if (!latency_varied(groups))
    return {.words = "latency hardly varied: whether requests waited for answers cannot be seen"};
  const auto slope = slope_of(
      groups, [](const SendingGroup& one) { return std::log(one.latency()); },
      [](const SendingGroup& one) { return std::log(one.begun / one.seconds); });
  if (slope && slope->high < -0.5)
    return {.model = LoadModel::kClosed,
            .measured = true,
            .words = "the rate fell as much as latency rose (" + latency_span(groups) +
                     "): as many requests were under way all the time"};
  if (slope && slope->low > -0.5)
    return {
        .model = LoadModel::kOpen,
        .measured = true,
        .words = "requests began at a rate of their own while latency was " + latency_span(groups)};
  return {.words = kFollowedPartly};
}

SendingModel by_figures(const LoadSeries& load) {
  if (load.totals.dropped.value_or(0) > 0)
    return {
        .model = LoadModel::kOpen,
        .measured = true,
        .words = "requests were due at moments of their own, and dropped where no user was free"};
  const Groups groups = groups_of(load);
  if (groups.empty()) return {.words = "no latency is known"};
  if (!users_are_told(load)) return by_rate(groups);
  if (users_stand(load)) return by_users(groups);
  return {.words = "users came and went all the time"};
}

SendingModel by_plan(const LoadSeries& load, const LoadPlan& plan) {
  using Sending = LoadPlan::Sending;
  switch (plan.sending) {
    case Sending::kUnknown:
      break;
    case Sending::kWaits:
      return {.model = LoadModel::kClosed,
              .words = "each connection of " + load.tool + " waits for its answer"};
    case Sending::kPaced:
      return {.model = LoadModel::kPaced,
              .words = "each connection waits for its answer, and for its turn" +
                       (plan.option.empty() ? "" : " (" + plan.option + ")"),
              .pause_seconds = {},
              .pace_seconds = plan.pace_seconds};
    case Sending::kSchedule:
      return {.model = LoadModel::kOpen,
              .words = load.tool + " sends by a schedule" +
                       (plan.option.empty() ? "" : " (" + plan.option + ")")};
  }
  return {};
}

}  // namespace

std::string_view to_string(LoadModel model) {
  constexpr std::string_view kNames[] = {"unknown", "closed", "paced", "open"};
  return kNames[static_cast<std::size_t>(model)];
}

SendingModel find_sending_model(const LoadSeries& load, const LoadPlan& plan) {
  // A rate that was asked for says more than figures do, and latencies that count from when a
  // request was due follow nothing that was sent.
  const bool paced = plan.sending == LoadPlan::Sending::kPaced;
  if (paced || plan.requests_per_second || plan.latency_from_due) return by_plan(load, plan);
  SendingModel model = by_figures(load);
  if (model.model == LoadModel::kOpen && plan.sending == LoadPlan::Sending::kWaits)
    return {.model = LoadModel::kPaced,
            .measured = true,
            .words = "each connection of " + load.tool + " waits for its answer, and yet " +
                     model.words + ": each waits for its turn, too"};
  if (model.model != LoadModel::kUnknown) return model;
  const SendingModel known = by_plan(load, plan);
  return known.model == LoadModel::kUnknown ? model : known;
}

}  // namespace tierwatch
