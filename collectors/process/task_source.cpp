// SPDX-License-Identifier: MIT
#include "collectors/process/task_source.h"

#include <algorithm>

namespace tierwatch {

CpuShares share_cpu(const CpuCount& count, const CpuShares& told) {
  if (told.user + told.system >= count.run) return told;
  const auto run = static_cast<double>(count.run.count());
  const auto user = static_cast<double>(count.user_ticks.count());
  const auto system = static_cast<double>(count.system_ticks.count());
  const double share = system == 0 ? 0 : user == 0 ? 1 : system / (user + system);
  CpuShares shares;
  shares.system = std::clamp(nanoseconds(static_cast<nanoseconds::rep>(run * share)), told.system,
                             count.run - told.user);
  shares.user = count.run - shares.system;
  return shares;
}

}  // namespace tierwatch
