// SPDX-License-Identifier: MIT
//
// Requests as libmicrohttpd holds them, and answers as it takes them: what http_server.cpp reads of
// the one and writes into the other.
#pragma once

#include <microhttpd.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/http/http_server.h"
#include "exporters/http/http_text.h"
#include "exporters/http/password_book.h"
#include "exporters/http/shared_bodies.h"

namespace tierwatch {

inline constexpr std::string_view kNoHandler = "other";

/// A response with the headers that only some answers have.
struct Answer {
  HttpResponse response;
  const char* allow = nullptr;
  const char* challenge = nullptr;
  bool gzip_accepted = false;
  std::string_view handler = kNoHandler;  ///< of WebEvents; as long as the server lives
};

/// For the library to call. A path with a zero byte would end there: it stays as it is, and is not
/// found.
std::size_t unescape(void*, MHD_Connection*, char* text);

/// The same. Becomes the context of the request's first call: the library shows where the target
/// ends before it takes it apart, and where the version begins later.
void* end_of_target(void*, const char* target, MHD_Connection*);

/// Empty when it is not there. Valid as long as the request.
std::string_view request_header(MHD_Connection* connection, const char* name);

bool is_servable(std::string_view method);
bool announces_body(MHD_Connection* connection);

/// What is wrong with a request that a proxy in front may have read differently; null: nothing is.
/// `end` is what end_of_target() said. A header's name with a blank before its colon may have been
/// another one to it, and a line that ends with a carriage return alone two of them: as the length
/// of a body that holds the next request (RFC 9112, 2.2 and 5.1).
const char* why_malformed(MHD_Connection* connection, const char* method, const char* target,
                          const void* end, const char* version);

/// See HttpRequest::local.
bool is_local_request(MHD_Connection* connection, bool unix_socket, const RequestTarget& target);

/// What stands behind the question mark. Throws std::bad_alloc.
std::map<std::string, std::string> query_of(MHD_Connection* connection);

/// To who did not give a right password.
Answer refusal(Admission admission);

/// The body that goes out, which `answer` loses. Where it has no room, `answer` becomes one that
/// says so.
SharedBodyPtr take_body(Answer& answer, SharedBodies& bodies);

/// Why a client is refused by its certificate; absent: it is not. `holds` becomes true when it
/// showed one that `options.client_ca` signed.
std::optional<Answer> certificate_refusal(MHD_Connection* connection,
                                          const HttpServerOptions& options, bool& holds);

/// With `headers` in place of our own of the same name; `last`: the connection ends with it.
/// MHD_NO: the connection is to be closed.
MHD_Result send_answer(MHD_Connection* connection, const Answer& answer, const SharedBodyPtr& body,
                       const std::map<std::string, std::string>& headers, bool last);

}  // namespace tierwatch
