// SPDX-License-Identifier: MIT
//
// What is looked at: one kind of server's processes, read one look after the other.
#pragma once

#include <string>
#include <vector>

#include "collectors/memory/mapped_images.h"

namespace tierwatch {

/// What could be read of the processes that were named.
struct InsideTargets {
  std::size_t read = 0;
  std::vector<std::string> versions;  ///< of what is read: "3.11"
  std::vector<ProcessRefusal> refusals;
};

/// Called by one thread at a time, which may be left behind within a call: what it holds must live
/// as long.
class InsideSubject {
 public:
  virtual ~InsideSubject() = default;

  /// The processes to look at from now on.
  virtual void set_processes(const std::vector<ProcessId>& processes) = 0;
  virtual InsideTargets targets() const = 0;
  /// Looks at all of them once.
  virtual void look() = 0;
};

}  // namespace tierwatch
