// SPDX-License-Identifier: MIT
#include "exporters/http/http_server_answer.h"

#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "exporters/http/listening_socket.h"
#include "exporters/http/request_line.h"
#include "exporters/http/tls_identity.h"

namespace tierwatch {
namespace {

/// Headers of every answer: in no cache, and known to nobody else.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Cache-Control", "no-store"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
};

/// Of what does not bring its own: nothing is loaded from anywhere, and nobody frames it.
constexpr const char* kStrictPolicy =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

bool came_through_proxy(MHD_Connection* connection) {
  for (const char* name : {"Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"}) {
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name)) return true;
  }
  return false;
}

using Query = std::map<std::string, std::string>;

/// Nothing may be thrown through the C library: without memory the walk ends, and says so.
MHD_Result add_argument(void* cls, MHD_ValueKind, const char* key, const char* value) {
  auto& query = *static_cast<std::optional<Query>*>(cls);
  try {
    (*query)[key] = value ? value : "";
    return MHD_YES;
  } catch (const std::bad_alloc&) {
    query.reset();
    return MHD_NO;
  }
}

/// A token (RFC 9110, 5.6.2).
bool is_header_name(std::string_view name) {
  constexpr std::string_view kInNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
  return !name.empty() && name.find_first_not_of(kInNames) == std::string_view::npos;
}

/// Of a value that would be several lines to others.
bool is_one_line(const char* value) { return !value || !std::strpbrk(value, "\r\n"); }

MHD_Result find_malformed(void* found, MHD_ValueKind, const char* name, const char* value) {
  const bool malformed = !is_header_name(name) || !is_one_line(value);
  if (malformed) *static_cast<bool*>(found) = true;
  return malformed ? MHD_NO : MHD_YES;
}

void free_body(void* body) { delete static_cast<SharedBodyPtr*>(body); }

/// `text` is of `body`, and is kept with it; the library does not write to it. Null: no memory.
MHD_Response* response_of(const SharedBodyPtr& body, const std::string& text) {
  auto* kept = new SharedBodyPtr(body);
  MHD_Response* response = MHD_create_response_from_buffer_with_free_callback_cls(
      text.size(), const_cast<char*>(text.data()), free_body, kept);
  if (!response) delete kept;
  return response;
}

}  // namespace

std::size_t unescape(void*, MHD_Connection*, char* text) {
  return std::strstr(text, "%00") ? std::strlen(text) : MHD_http_unescape(text);
}

void* end_of_target(void*, const char* target, MHD_Connection*) {
  return const_cast<char*>(behind(target));
}

std::string_view request_header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value ? value : std::string_view{};
}

bool is_servable(std::string_view method) {
  return method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD;
}

bool announces_body(MHD_Connection* connection) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length") ||
         MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
}

const char* why_malformed(MHD_Connection* connection, const char* method, const char* target,
                          const void* end, const char* version) {
  if (holds_zero_byte(method, target, static_cast<const char*>(end), version))
    return "A request holds no zero byte.\n";
  bool malformed = false;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, find_malformed, &malformed);
  return malformed ? "A header is a name, a colon and one line.\n" : nullptr;
}

bool is_local_request(MHD_Connection* connection, bool unix_socket, const RequestTarget& target) {
  if (came_through_proxy(connection)) return false;
  if (unix_socket) return true;
  const std::string_view host =
      target.authority ? *target.authority : request_header(connection, "Host");
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info && is_loopback(info->client_addr) && is_loopback_host(host);
}

Query query_of(MHD_Connection* connection) {
  std::optional<Query> query = Query{};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, &query);
  if (!query) throw std::bad_alloc();
  return std::move(*query);
}

Answer refusal(Admission admission) {
  if (admission == Admission::kTooMany)
    return {.response = {.status = 429, .body = "Too many passwords at once: try again.\n"}};
  return {.response = {.status = 401, .body = "Authentication required.\n"},
          .challenge = "Basic realm=\"tierwatch\", charset=\"UTF-8\""};
}

std::optional<Answer> certificate_refusal(MHD_Connection* connection,
                                          const HttpServerOptions& options, bool& holds) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  const ClientCertificate shown = client_certificate(info->tls_session);
  holds = shown.standing == ClientCertificate::kHolds;
  if (holds) return std::nullopt;
  if (shown.standing == ClientCertificate::kNone && !options.client_certificate_required)
    return std::nullopt;
  return Answer{.response = {.status = 403, .body = shown.problem + "\n"}};
}

SharedBodyPtr take_body(Answer& answer, SharedBodies& bodies) {
  SharedBodyPtr body = bodies.share(answer.handler, std::move(answer.response.body));
  if (body) return body;
  answer = {.response = {.status = 503}, .handler = answer.handler};
  return bodies.share(answer.handler, "Readers that are slow take up all the room: try again.\n");
}

MHD_Result send_answer(MHD_Connection* connection, const Answer& answer, const SharedBodyPtr& body,
                       const std::map<std::string, std::string>& headers, bool last) {
  const bool worth_it = answer.gzip_accepted && body->text().size() >= SharedBodies::kWorthSharing;
  const std::string* compressed = worth_it ? body->compressed() : nullptr;
  MHD_Response* response = response_of(body, compressed ? *compressed : body->text());
  if (!response) return MHD_NO;
  const auto add = [response](const char* name, const char* value) {
    MHD_add_response_header(response, name, value);
  };
  const auto add_own = [&](const char* name, const char* value) {
    if (!headers.contains(name)) add(name, value);
  };
  const std::string& policy = answer.response.content_security_policy;
  for (const auto& [name, value] : kHeaders) add_own(name, value);
  add_own("Content-Security-Policy", policy.empty() ? kStrictPolicy : policy.c_str());
  for (const auto& [name, value] : headers) add(name.c_str(), value.c_str());
  add("Content-Type", answer.response.content_type.c_str());
  add("Vary", "Accept, Accept-Encoding");
  if (last) add("Connection", "close");
  if (compressed) add("Content-Encoding", "gzip");
  if (answer.challenge) add("WWW-Authenticate", answer.challenge);
  if (answer.allow) add("Allow", answer.allow);
  const auto status = static_cast<unsigned>(answer.response.status);
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace tierwatch
