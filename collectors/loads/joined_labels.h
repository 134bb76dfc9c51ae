// SPDX-License-Identifier: MIT
//
// Requests by name, of several results of one run.
#pragma once

#include <chrono>

#include "collectors/loads/load_series.h"

namespace tierwatch {

/// Adds the labels of `from`, which began so much `later` than `into`: those of one name are added
/// up, their points stand beside each other, and of two sets of requests no quantile is known. At
/// most 200 labels; the rest joins LoadSeries::other_labels.
void add_labels(const LoadSeries& from, std::chrono::nanoseconds later, LoadSeries& into);

}  // namespace tierwatch
