// SPDX-License-Identifier: MIT
//
// Whether a load was open or closed: whether requests waited for the answers to earlier ones. It
// decides what the figures of a run can tell of a server that is slow for a while.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/loads/load_plan.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

enum class LoadModel : std::uint8_t {
  kUnknown,
  kClosed,  ///< each user asks again once the last answer is there, perhaps after a pause
  kPaced,   ///< each user asks at a pace of its own, as long as answers take less than that
  kOpen,    ///< requests begin whatever is under way
};
/// "unknown", "closed", "paced", "open".
std::string_view to_string(LoadModel model);

struct SendingModel {
  LoadModel model = LoadModel::kUnknown;
  bool measured = false;  ///< the figures show it; else it is known of the tool
  std::string words;      ///< what it is and by what that is known; of an unknown one, why
  std::optional<double> pause_seconds;  ///< kClosed: from an answer to the user's next request
  std::optional<double> pace_seconds;   ///< kPaced: from one request of a user to its next
  bool operator==(const SendingModel&) const = default;
};

/// By how the number of requests in a stretch of time follows latency: as much fewer as answers
/// take longer, or not at all. Where latency hardly varies the figures show neither, and what is
/// known of the tool counts. Pure.
SendingModel find_sending_model(const LoadSeries& load, const LoadPlan& plan);

}  // namespace tierwatch
