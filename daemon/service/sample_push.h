// SPDX-License-Identifier: MIT
//
// Pushing as the configuration wants it, over reloads.
#pragma once

#include <memory>
#include <optional>

#include "config/config.h"
#include "exporters/otlp/otlp_pusher.h"

namespace tierwatch {

/// Not thread-safe.
class SamplePush {
 public:
  explicit SamplePush(ServiceState& state) : state_(state) {}

  /// What waits is kept unless something is wanted otherwise. Logs what the environment says in
  /// vain.
  void configure(const OtlpConfig& config);

  void add(const SnapshotPtr& snapshot) {
    if (pusher_) pusher_->add(snapshot);
  }

 private:
  ServiceState& state_;
  std::optional<OtlpPushOptions> wanted_;
  std::unique_ptr<OtlpPusher> pusher_;
};

}  // namespace tierwatch
