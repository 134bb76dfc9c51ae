// SPDX-License-Identifier: MIT
#include "collectors/bpf/task_iterator.h"

namespace tierwatch {

bool has_task_iterator() { return false; }

std::unique_ptr<TaskIterator> make_task_iterator() {
  throw TaskIteratorError("this program was built without it");
}

}  // namespace tierwatch
