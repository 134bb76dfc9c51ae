// SPDX-License-Identifier: MIT
//
// How [web] names a certificate, its key and the users. Whether they can be used shows only when
// they are opened (daemon/service/web_security.h).
#pragma once

#include "config/config.h"
#include "config/load_config_value.h"

namespace tierwatch {

/// "" is none.
void read_named_file(const Value& value, NamedFile& into);

/// A table of names and hashes.
void read_web_users(const Value& value, WebConfig& web);

/// Says which of the two is missing; `value` is the whole of [web].
void check_certificate_has_key(const Value& value, const WebConfig& web);

}  // namespace tierwatch
