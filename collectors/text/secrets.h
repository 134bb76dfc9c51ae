// SPDX-License-Identifier: MIT
//
// What may be shown of settings that can hold secrets.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// The value of a setting or variable of this name as it may be shown: "***" for one whose name
/// speaks of a password, key or token, or that looks like one; of an address the password alone is
/// "***". Rather too much is hidden than too little; what hides its nature is shown all the same.
std::string masked_value(std::string_view name, std::string_view value);

}  // namespace tierwatch
