// SPDX-License-Identifier: MIT
//
// The kind of page that a path is: "/order/<n>". Pure.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// Without query and fragment; parts that are numbers are "<n>", identifiers (of hexadecimal
/// digits, or long with digits in them) "<id>". At most 8 parts of 40 bytes; more is "…". Of an
/// address ("http://HOST/x") the path. Any bytes; not fit for a terminal.
std::string endpoint_of(std::string_view target);

}  // namespace tierwatch
