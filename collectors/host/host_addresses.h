// SPDX-License-Identifier: MIT
//
// The addresses by which other machines know this one.
#pragma once

#include <string>
#include <vector>

namespace tierwatch {

/// IPv4 first, then IPv6, each in order of its links: "10.0.0.2", "2001:db8::2". Without loopback,
/// link-local ones and links that are down; at most `most`. Of our own network namespace. Empty
/// where the kernel does not say. Thread-safe; some 50 µs, more with hundreds of links.
std::vector<std::string> host_addresses(std::size_t most);

}  // namespace tierwatch
