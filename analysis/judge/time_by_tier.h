// SPDX-License-Identifier: MIT
//
// Where are the requests that are in flight, and what does each wait for? A sum that closes for
// every tier, and the way of a request through them with its shares. Pure.
#pragma once

#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/request_time.h"

namespace tierwatch {

/// "waiting for a cpu", "unexplained": for people.
std::string_view spent_words(Spent spent);

/// Tiers of which it is known how many requests they have, most first. Each takes its requests
/// apart, what was seen of a request before what was seen of its processes; what is left is
/// kUnknown, never spread. A peer whose connections do not tell who waits (UNIX sockets) is waited
/// for by as many as it has in flight itself.
std::vector<TierTime> time_by_tier(const JudgeInput& input);

/// The time of a request that comes from outside to `entry`, through all tiers it waits for, in
/// the order of the way there. Places with next to no share are left out, but for the entry.
std::vector<TimeShare> time_from(const TierTime& entry, const std::vector<TierTime>& tiers);

/// The same from the tier with most requests from outside. Empty while next to none are in flight.
std::vector<TimeShare> request_time(const std::vector<TierTime>& tiers);

/// "nginx 1 % → uwsgi 4 % (cpu 3, waiting for a cpu 1) → postgres 95 % (row lock)"; where ways
/// part, "nginx 1 % → uwsgi 49 %; nginx → gunicorn 50 %"; empty for none.
std::string request_time_words(const std::vector<TimeShare>& places);

}  // namespace tierwatch
