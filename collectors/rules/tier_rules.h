// SPDX-License-Identifier: MIT
//
// Which process belongs to which tier and role: values, and one pure function over them. config/
// writes the rules (presets or the user's file), ProcessCollector applies them, `tierwatch match`
// explains them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/process_reading.h"
#include "collectors/rules/pattern.h"

namespace tierwatch {

/// What rules look at: the facts of one process that decide where it belongs.
struct Candidate {
  ProcessId id;
  pid_t parent_pid = 0;
  std::string_view comm;
  std::string_view title;   ///< command line, NULs as spaces
  std::string_view exe;     ///< /proc/PID/exe when readable, else argv[0] when absolute; else empty
  std::string_view user;    ///< login name, else the decimal uid; empty when unknown
  std::string_view cgroup;  ///< path; a rule "uwsgi.service" matches any path component too
  std::uint64_t signals_ignored = 0;  ///< SigIgn of status, bit n-1 = signal n
  std::uint64_t signals_caught = 0;   ///< SigCgt of status
  bool kernel_thread = false;         ///< never matched
  std::optional<uid_t> uid;           ///< owner of /proc/PID: a rule may name the user by number
};

/// One rule: every condition that is set must hold. A tier is taken by any one of its rules.
struct MatchRule {
  std::optional<Glob> comm;
  std::optional<Glob> exe;
  std::optional<Pattern> cmdline;
  std::optional<std::string> user;
  std::optional<Glob> cgroup;  ///< over the whole path or over any one component of it

  /// True when all conditions hold; false for kernel threads and for a rule without conditions.
  bool takes(const Candidate& candidate) const;
  /// As written, for `tierwatch match`: `comm = "nginx", user = "www-data"`.
  std::string text() const;
};

/// What a role does with requests: decides what "busy worker" and "one core each" mean for it
/// (analysis/judge/capacity).
enum class RoleKind : std::uint8_t {
  kSupport,      ///< master, checkpointer, cache manager: does not serve requests
  kSyncWorker,   ///< one request per thread at a time: uWSGI, gunicorn sync, php-fpm, Postgres
                 ///< backend
  kEventWorker,  ///< many connections in one thread: nginx, Redis, node, haproxy
  kThreaded,     ///< many threads that can fill many cores: mysqld, mongod, memcached
};

/// How a role is recognised inside its tier: the first whose set conditions all hold; a rule with
/// none always holds.
struct RoleRule {
  std::string name;
  RoleKind kind = RoleKind::kSupport;
  std::optional<Pattern> title;
  std::optional<bool> parent_in_tier;
  std::optional<bool> has_children_in_tier;
  std::uint64_t ignores_signals = 0;  ///< all of these bits must be ignored
  std::uint64_t catches_signals = 0;  ///< all of these bits must be caught
  /// True: only processes that followed their parent into the tier; false: only others.
  std::optional<bool> joined;
};

struct TierRule {
  std::string name;
  std::string preset;  ///< empty for a custom tier
  std::vector<MatchRule> match;
  bool children = false;  ///< descendants that match no other tier join
  /// All descendants of this process, without itself, belong here, whatever any rule says of them;
  /// 0: none. How `record` watches the load generator it started.
  pid_t descendants_of = 0;
  std::vector<RoleRule> roles;       ///< never empty once made by config: the last one always holds
  std::uint16_t child_cpu_role = 0;  ///< role that is charged with CPU of children never seen alive
  /// A process cannot use more than one core (GIL, event loop).
  bool single_core_processes = false;
  bool titles_tell_state = false;  ///< titles change as they work (Postgres): read whenever it ran
  /// "tcp:5432", "unix:/run/uwsgi/*": whose listeners these are, without fd links.
  std::vector<std::string> listen;
  /// A preset that nobody configured: shown once it has had a process.
  bool implicit = false;
  std::string path;  ///< where it was written, "file:line", or "built-in preset"
};

struct TierRules {
  std::vector<TierRule> tiers;  ///< in order: first match wins
};

/// Why a process is where it is.
struct MatchReason {
  Membership member;
  /// The rule that took it; null when it joined its parent's tier.
  const MatchRule* rule = nullptr;
  pid_t joined_parent = 0;  ///< the parent it followed, when rule is null
};

/// The first tier, in order, with a rule that takes `candidate`; its role is not decided yet. Looks
/// at nothing but the candidate: as long as that does not change, neither does the answer. Points
/// into `rules`.
std::optional<MatchReason> match_by_rule(const TierRules& rules, const Candidate& candidate);

/// Adds to what rules decided (`placed[i]` of candidates[i]) what kinship decides: followers and
/// roles. See match_processes().
std::vector<std::optional<MatchReason>> place_processes(
    const TierRules& rules, std::span<const Candidate> candidates,
    std::vector<std::optional<MatchReason>> placed);

/// Places every candidate: result[i] belongs to candidates[i], absent when no tier takes it.
///
/// Descendants of a tier's `descendants_of` belong to that tier. Else:
/// A process that a rule takes belongs to the first tier, in order, with such a rule. A process
/// that no rule takes follows its parent if that one is in a tier (by a rule or by following) with
/// `children = true`. A "parent" that started after its child is a stranger with a reused pid;
/// cycles and missing parents end the search. `candidates` must be all processes (parents decide),
/// in any order; cost is rules × candidates. Pure; throws nothing. Reasons point into `rules`.
std::vector<std::optional<MatchReason>> match_processes(const TierRules& rules,
                                                        std::span<const Candidate> candidates);

/// A process that a tier almost took: a rule that names the program holds but for one condition
/// (right comm, wrong user), or all of it holds and an earlier tier was first, or the program's
/// file has the name the rule expects of comm.
struct NearMiss {
  std::size_t candidate = 0;
  std::uint16_t tier = 0;
  /// The condition that failed and what was seen: `user = "www-data" (is "root")`.
  std::string failed;
};

/// At most one per candidate and tier, by candidate, then tier. `placed` is match_processes() of
/// the same arguments.
std::vector<NearMiss> near_misses(const TierRules& rules, std::span<const Candidate> candidates,
                                  std::span<const std::optional<MatchReason>> placed);

}  // namespace tierwatch
