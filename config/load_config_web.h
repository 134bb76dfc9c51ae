// SPDX-License-Identifier: MIT
//
// How [web] names a certificate, its key and the users. Whether they can be used shows only when
// they are opened (daemon/service/web_security.h).
#pragma once

#include "config/config.h"
#include "config/load_config_value.h"

namespace tierwatch {

/// "0660": octal digits, read and write only, its owner always.
void read_socket_mode(const Value& value, WebConfig& web);
void read_socket_group(const Value& value, WebConfig& web);

/// "" is none. A relative path begins beside the file that names it.
void read_named_file(const Value& value, NamedFile& into);

/// A table of names and hashes; who is in it already gets the new hash.
void read_web_users(const Value& value, WebConfig& web);

void read_client_auth(const Value& value, WebConfig& web);
void read_tls_min_version(const Value& value, WebConfig& web);
void read_tls_max_version(const Value& value, WebConfig& web);
void read_tls_suites(const Value& value, WebConfig& web);
void read_tls_curves(const Value& value, WebConfig& web);
/// A table of names and values; a later file adds to it.
void read_web_headers(const Value& value, WebConfig& web);

}  // namespace tierwatch
