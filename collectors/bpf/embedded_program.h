// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace tierwatch {

/// tasks.bpf.c, compiled: an ELF object with BTF.
std::span<const unsigned char> embedded_bpf_program();

}  // namespace tierwatch
