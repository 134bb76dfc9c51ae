// SPDX-License-Identifier: MIT
//
// What a request costs each tier, and so where each one ends: X_max = capacity / demand. The lowest
// of these ceilings limits; the one after it is what is won by lifting the first.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/judge/capacity.h"
#include "analysis/load/load_steps.h"
#include "analysis/load/run_sample.h"
#include "analysis/stats/estimate.h"

namespace tierwatch {

/// Stands for the processors of the host, used by all tiers together.
inline constexpr std::string_view kHostTier = "host";

/// What one request keeps busy: of a tier's CPU, of its workers, of the host.
struct Demand {
  enum class Method {
    kSlope,  ///< of what was busy over throughput: what is busy without load does not count
    kRatio,  ///< busy / throughput, less what was busy before the load where that was seen
  };
  Estimate seconds;  ///< busy seconds per request
  Method method = Method::kRatio;
  double idle = 0;  ///< busy without any request, in cores or workers
  std::optional<double> r_squared;
  /// Demand in the busiest step / in the steps below the knee: above 1, a request costs more under
  /// load. Absent where there is one step.
  std::optional<double> inflation_ratio;
  bool operator==(const Demand&) const = default;
};

/// Throughput at which one thing is used up.
struct Ceiling {
  std::string tier;  ///< or kHostTier
  Resource resource = Resource::kCpu;
  std::optional<CapacityBound::Kind> kind;  ///< of CPU; absent: workers
  std::string bound;                        ///< "4 workers × 1", "2 cores of the host"
  double capacity = 0;                      ///< cores or workers
  Demand demand;
  Estimate requests_per_second;
  std::optional<double> used_ratio;      ///< in the busiest step
  std::optional<double> headroom_ratio;  ///< ceiling / highest measured throughput − 1
  bool operator==(const Ceiling&) const = default;
};

struct TierDemand {
  std::string tier;
  Demand cpu;                     ///< CPU-seconds per request, all its processes
  double share = 0;               ///< of the CPU that all tiers spend on a request
  std::optional<Demand> workers;  ///< seconds for which a request holds a worker
  /// What a request keeps busy of each thing that bounds its CPU, where that is known.
  std::map<CapacityBound::Kind, Demand> bounds;
  std::vector<Ceiling> ceilings;  ///< lowest first
  bool operator==(const TierDemand&) const = default;
};

struct DemandFindings {
  std::vector<TierDemand> tiers;   ///< dearest request first
  std::optional<Demand> host_cpu;  ///< CPU-seconds per request, whatever on the host spent them
  std::vector<Ceiling> ceilings;   ///< of tiers and of the host, lowest first
  std::string missing;             ///< why there is nothing: "throughput is not known"; else empty
  std::size_t fitted_steps = 0;    ///< that demands were learnt from: those below the knee
  bool operator==(const DemandFindings&) const = default;
};

/// Learns demands from `steps` (those with throughput and samples), up to `knee` (index of the
/// first step that is no longer below it; absent: all). Samples before `load_begin` tell what is
/// busy without load. Pure.
DemandFindings find_demand(std::span<const LoadStep> steps, std::optional<std::size_t> knee,
                           std::span<const RunSample> samples,
                           std::optional<std::chrono::system_clock::time_point> load_begin);

/// Ceilings that hold for other facts about capacity: `facts` as the run's, with more cores, say.
std::vector<Ceiling> ceilings_of(const DemandFindings& demand, const JudgeInput& facts,
                                 double highest_requests_per_second);

}  // namespace tierwatch
