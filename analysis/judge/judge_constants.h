// SPDX-License-Identifier: MIT
//
// THE table of the judge's own constants: what is not for users to change (thresholds.h has what
// is). Each has its reason and its source: a recorded run (tests/judge/NAME), a made-up case
// ("NAME" in tests/support/judge_cases*.cpp), or "chosen" where no measurement decides.
#pragma once

#include <cstddef>

namespace tierwatch {

// Means of counts.

/// Of sums and quotients that should be equal.
inline constexpr double kRounding = 1e-9;
/// One at a time: hardly any look found none. "one lock wait that comes and goes".
inline constexpr double kOneAtATime = 0.90;
/// Several, from halfway between one and two on.
inline constexpr double kMoreThanOne = 1.5;
/// More than two workers: five looks may find one or two busy by chance.
inline constexpr double kManyWorkers = 2.5;

// CPU.

/// CPU time comes in steps of 10 ms: a process of one core may show a little more. "workers that
/// use several cores each have no such lock".
inline constexpr double kMoreThanOneCore = 1.10;
/// Cores. Below it the kernel's steps of 10 ms and the monitor's own wake-ups are most of what is
/// seen: idle tiers show 0.3 to 0.7 of run delay.
inline constexpr double kMeaningfulRun = 0.05;
/// Cores of run delay that take something from a thread's own core. Chosen.
inline constexpr double kFeltDelay = 0.05;
/// Of a core, to a process whose threads share it: waiting for each other they show more run delay
/// than others took. "threads hand the lock to each other while cores are idle".
inline constexpr double kLeastLeft = 0.80;
/// Of its CPU: who fills half of it works, its locks and disk waits are short and many. "many short
/// lock waits while it works", slow-disk.
inline constexpr double kHalfOfItsCpu = 0.50;
/// Of the time in which held workers do not run: with less of it spent waiting for a CPU, here and
/// in the tiers they ask, something else holds them. "strangers burn the cpu, the workers mostly
/// sleep".
inline constexpr double kMostlyForCpu = 0.50;
/// Of a core: a program of no tier, or a load generator, that may be full itself. Chosen as `cpu`.
inline constexpr double kWholeCore = 0.90;
/// Of the periods of a quota: throttling that confirms that it is full. Chosen.
inline constexpr double kOftenThrottled = 0.25;
/// Of the host's processors: programs, tiers and steal that sentences speak of. Chosen.
inline constexpr double kWorthNaming = 0.05;
/// Cores: up to there words speak of "a core".
inline constexpr double kAboutOneCore = 1.05;
/// Programs of no tier in one sentence. Chosen.
inline constexpr std::size_t kMostNamed = 3;

// Queues and workers.

/// Of its workers' time: a longer queue than chance makes at that load (Erlang C).
inline constexpr double kFullLoad = 0.90;
/// The same, beside workers seen busy all the time.
inline constexpr double kBusyLoad = 0.80;
/// Of its threads are busy, at most, while others wait: the rest serves nobody. "half of the
/// threads only report errors".
inline constexpr double kServingThreads = 0.80;
/// Of the time with somebody in an accept queue: less is not worth a line. Chosen.
inline constexpr double kSeldomQueued = 0.10;
/// Of the time beyond an event loop's own work: nginx at three quarters of a core with TLS
/// handshakes has its queue in use for half of the time.
inline constexpr double kBeyondBusy = 0.25;
/// Of the requests before a server: so many lie unread while it uses little CPU. A loop that is not
/// blocked reads at once. "an event loop lets a few uploads wait".
inline constexpr double kLeftUnread = 0.15;
/// Of the time with a full accept queue: it turns connections away. slow-mail-queue-overflows.
inline constexpr double kOverflows = 0.10;
/// Of the connections of a pool: the next request takes one at once. "requests take turns on the
/// connections of node".
inline constexpr double kPoolBusy = 0.90;
/// The same of a pooler, whose next request takes a connection in the moment it is free. "one
/// request at a time waits in a pooler".
inline constexpr double kNeverFree = 0.98;
/// Of the requests at work, for one of its connections. "each request of node has a connection".
inline constexpr double kManyWait = 0.25;

// Demand.

/// Answers that lie unread at the clients' ends, and are a quarter of the connections: worth a
/// line. Chosen.
inline constexpr double kManyAnswers = 4;

/// Bytes: less is nothing to a server that makes its files longer, by up to so much at once
/// (Postgres: 512 KiB). test_disk_space.py.
inline constexpr double kNoSpace = 1 << 20;
/// Bytes: files that a server makes whole (a segment of Postgres' write-ahead log has 16 MiB) may
/// have no room. Chosen.
inline constexpr double kLittleSpace = 64 << 20;
/// Of the room where a server keeps its data: worth a line. Chosen.
inline constexpr double kSpaceNearlyUsed = 0.90;

/// Cores of children that came and went: one refused client a second costs Postgres about 2 ms.
inline constexpr double kComesAndGoes = 0.001;
/// Of the time in which somebody waits for memory. Chosen.
inline constexpr double kMemoryPressed = 0.05;
/// Pages a second that are read back, where the kernel does not tell who waits: each is a read of a
/// disk, of 50 µs and more, so that somebody waits for 5 % of the time. Chosen.
inline constexpr double kRereadsHurt = 1000;

/// Times a second that a cgroup wants more than its limit: files are read into it and dropped as
/// fast. Chosen.
inline constexpr double kHitsOften = 10;

/// Of a link's speed, in bytes of frames: preambles, gaps and checksums are not among them, 2 % of
/// full ones and 30 % of small ones. Chosen.
inline constexpr double kLinkFull = 0.90;
/// Of a SYN backlog, as a mean: it comes and goes as clients answer. test_half_open.py.
inline constexpr double kHalfOpenFull = 0.90;
/// Seconds to a peer and back, and of its segments, those sent again: worth a line. Chosen.
inline constexpr double kFarAway = 0.005;
inline constexpr double kLossy = 0.01;

// Who waits for whom: shares of the time of held workers.

inline constexpr double kWaitsForIt = 0.20;   ///< a cause, and worth a line. Chosen.
inline constexpr double kWaitsMostly = 0.50;  ///< the cause. Chosen.
inline constexpr double kNeverWaits = 0.10;   ///< no cause. Chosen.
/// Explained well enough to believe that there is no other cause: quick answers hide within one
/// tick of the kernel's clock.
inline constexpr double kWaitsAreKnown = 0.80;
/// Of its workers, of a core, or of held workers: who is busy for less is not what they wait for.
inline constexpr double kMostlyIdle = 0.50;
/// Connections to a peer for each held worker, at least, if that is what they wait for. Chosen.
inline constexpr double kConnectionsPerHeld = 0.50;
/// Lead of the one named before over its equals: they must not alternate. Chosen.
inline constexpr double kHysteresis = 0.05;

// How sure, and what is listed.

inline constexpr double kNearThreshold = 0.02;  ///< above it, or twice as much below. Chosen.
inline constexpr double kWorthListing = 0.05;   ///< utilization of a candidate. Chosen.
inline constexpr std::size_t kMostCandidates = 12;
/// Of a limit that is only counted for blind spots. Chosen.
inline constexpr double kNearlyAll = 0.90;
/// Of a limit that is known in part: nothing comes near it. Chosen.
inline constexpr double kFarBelow = 0.50;
/// Cores of a server that only wakes up now and then. Chosen.
inline constexpr double kIdleCores = 0.01;
/// Cores of a server of threads that turns a dozen clients a second away, and does nothing else.
/// Measured on MariaDB 10.11: 0.005 for 20 a second; asleep it takes a tenth of it.
inline constexpr double kTurnsAwayCores = 0.003;
/// Connections that no server refuses: nobody sets a lower limit. Chosen.
inline constexpr double kManyConnections = 16;
/// Cores of children that ended: one refused client a second costs Postgres about 2 ms.
inline constexpr double kRefusals = 0.002;
/// Connections a second that fail: fewer are of health checks and the like. Chosen.
inline constexpr double kFailedConnects = 1;
/// Of a core: one thread of a server with several. Chosen, as `thread` is by default.
inline constexpr double kOneThreadFull = 0.95;
/// Cores of all threads but the busiest, together. Chosen.
inline constexpr double kOthersIdle = 0.5;

// A request's time.

/// Requests of which nobody sees what they wait for: may be those of a pool inside. Chosen.
inline constexpr double kManyUnexplained = 4;
inline constexpr double kFewInFlight = 0.05;  ///< requests that are not worth a line. Chosen.
inline constexpr double kNoShare = 0.005;     ///< rounds to 0 %
inline constexpr double kWorthParts = 0.03;   ///< share whose parts are named. Chosen.

// The window.

/// Seconds. The machine slept: what was before says nothing about now.
inline constexpr double kLongestSample = 60;
/// Ticks are a little early or late: five of them need not be five seconds to the millisecond.
inline constexpr double kPunctuality = 0.05;
/// Seconds. What grows until it is killed is much smaller afterwards, and grows again. Chosen.
inline constexpr double kKillMatters = 60;

}  // namespace tierwatch
