// SPDX-License-Identifier: MIT
#include "analysis/facts/listener_rates.h"

#include <algorithm>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

void fill_rates(ListenerSample& sample, const ListenerReading& before, nanoseconds elapsed) {
  const ListenerReading& now = sample.reading;
  const double observed = seconds_of(now.observed - before.observed);
  if (observed > 0) {
    sample.queue_mean = (now.queue_seconds - before.queue_seconds) / observed;
    sample.queued_ratio = seconds_of(now.queued_time - before.queued_time) / observed;
    sample.full_ratio = seconds_of(now.full_time - before.full_time) / observed;
  }
  if (now.drops && before.drops && elapsed > nanoseconds{})
    sample.drops_per_second = static_cast<double>(*now.drops - *before.drops) / seconds_of(elapsed);
}

}  // namespace

std::vector<ListenerSample> ListenerRates::advance(std::vector<ListenerReading> readings,
                                                   nanoseconds elapsed) {
  std::vector<ListenerSample> samples;
  std::map<Key, ListenerReading> now;
  for (ListenerReading& reading : readings) {
    const Key key(reading.family, reading.network, reading.address);
    const auto before = previous_.find(key);
    // Totals that begin anew are those of an address that was forgotten meanwhile.
    const bool comparable = before != previous_.end() &&
                            before->second.observed <= reading.observed &&
                            before->second.drops.value_or(0) <= reading.drops.value_or(0);
    ListenerSample& sample = samples.emplace_back(ListenerSample{.reading = std::move(reading)});
    if (comparable) fill_rates(sample, before->second, elapsed);
    now.emplace(key, sample.reading);
  }
  previous_ = std::move(now);
  return samples;
}

}  // namespace tierwatch
