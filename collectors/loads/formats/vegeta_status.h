// SPDX-License-Identifier: MIT
#pragma once

namespace tierwatch {

/// vegeta counts 200 to 399 as success; 0 is a request without an answer.
constexpr bool is_vegeta_failure(int code) { return code < 200 || code >= 400; }

}  // namespace tierwatch
