// SPDX-License-Identifier: MIT
#include "exporters/http/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "exporters/http/http_text.h"
#include "exporters/http/listening_socket.h"
#include "exporters/http/password_book.h"

namespace tierwatch {
namespace {

constexpr std::size_t kWorthCompressing = 1024;
/// Of GnuTLS: what browsers and Prometheus still speak, and nothing older.
constexpr const char* kTlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/// Headers of every answer. Pages load nothing from anywhere, are in no cache and in nobody's
/// frame.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
};

/// A response with the headers that only some answers have.
struct Answer {
  HttpResponse response;
  const char* allow = nullptr;
  const char* challenge = nullptr;
  bool gzipped = false;
};

/// Keeps signals away from threads started while it lives: they belong to the program's main
/// thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

std::string_view header(MHD_Connection* connection, const char* name) {
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

bool came_through_proxy(MHD_Connection* connection) {
  for (const char* name : {"Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"}) {
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name)) return true;
  }
  return false;
}

bool is_local(MHD_Connection* connection, bool unix_socket, const RequestTarget& target) {
  if (came_through_proxy(connection)) return false;
  if (unix_socket) return true;
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const std::string_view host = target.authority ? *target.authority : header(connection, "Host");
  return info && is_loopback(info->client_addr) && is_loopback_host(host);
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

Query query_of(MHD_Connection* connection) {
  std::optional<Query> query = Query{};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, &query);
  if (!query) throw std::bad_alloc();
  return std::move(*query);
}

void free_body(void* body) { delete static_cast<std::string*>(body); }

MHD_Result send(MHD_Connection* connection, Answer answer) {
  auto* body = new std::string(std::move(answer.response.body));
  MHD_Response* response = MHD_create_response_from_buffer_with_free_callback_cls(
      body->size(), body->data(), free_body, body);
  if (!response) {
    delete body;
    return MHD_NO;
  }
  for (const auto& [name, value] : kHeaders) MHD_add_response_header(response, name, value);
  MHD_add_response_header(response, "Content-Type", answer.response.content_type.c_str());
  MHD_add_response_header(response, "Vary", "Accept-Encoding");
  if (answer.gzipped) MHD_add_response_header(response, "Content-Encoding", "gzip");
  if (answer.challenge) MHD_add_response_header(response, "WWW-Authenticate", answer.challenge);
  if (answer.allow) MHD_add_response_header(response, "Allow", answer.allow);
  const auto status = static_cast<unsigned>(answer.response.status);
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

Answer refusal(Admission admission) {
  if (admission == Admission::kTooMany)
    return {.response = {.status = 429, .body = "Too many passwords at once: try again.\n"}};
  return {.response = {.status = 401, .body = "A user and password are wanted.\n"},
          .challenge = "Basic realm=\"tierwatch\", charset=\"UTF-8\""};
}

std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void compress(Answer& answer, MHD_Connection* connection) {
  std::string& body = answer.response.body;
  if (body.size() < kWorthCompressing) return;
  if (!accepts_gzip(header(connection, "Accept-Encoding"))) return;
  body = gzip(std::move(body), answer.gzipped);
}

}  // namespace

struct HttpServer::Impl {
  /// One address: a socket, and the library's thread that serves it.
  struct Listener {
    Listener(Impl* owner, std::string text, std::shared_ptr<ListeningSocket> bound)
        : server(owner), asked_for(std::move(text)), socket(std::move(bound)) {}
    Impl* server;
    std::string asked_for;                    ///< the address as the options name it
    std::shared_ptr<ListeningSocket> socket;  ///< shared with the next server over a reload
    MHD_Daemon* daemon = nullptr;
    std::atomic<unsigned> connections{0};
  };

  class OverlapAllowed;

  HttpServerOptions options;
  std::map<std::string, HttpHandler> routes;
  HttpFault on_fault;
  std::unique_ptr<PasswordBook> passwords;
  std::vector<std::unique_ptr<Listener>> listeners;

  ~Impl() {
    for (const auto& listener : listeners) {
      if (listener->daemon) MHD_stop_daemon(listener->daemon);
    }
  }

  void bind(const Impl* predecessor);
  void start(Listener& listener);
  MHD_Result report(MHD_Connection* connection, const char* what) const;
  bool wants_password(const Listener& listener) const {
    return !listener.socket->is_unix && !passwords->empty();
  }
  Admission admission(MHD_Connection* connection) const;
  Answer answer(const Listener& listener, MHD_Connection* connection, const char* url,
                std::string_view method) const;

  static MHD_Result on_accept(void* listener, const sockaddr* peer, socklen_t size);
  static void on_connection(void* listener, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);
  static MHD_Result on_request(void* listener, MHD_Connection* connection, const char* url,
                               const char* method, const char* version, const char* upload,
                               std::size_t* upload_size, void** context);
};

MHD_Result HttpServer::Impl::on_accept(void* cls, const sockaddr*, socklen_t) {
  const auto& listener = *static_cast<Listener*>(cls);
  return listener.connections < listener.server->options.max_connections ? MHD_YES : MHD_NO;
}

void HttpServer::Impl::on_connection(void* cls, MHD_Connection*, void**,
                                     MHD_ConnectionNotificationCode code) {
  auto& listener = *static_cast<Listener*>(cls);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    ++listener.connections;
  } else {
    --listener.connections;
  }
}

Admission HttpServer::Impl::admission(MHD_Connection* connection) const {
  const auto credentials = basic_credentials(header(connection, "Authorization"));
  if (!credentials) return Admission::kRefused;
  return passwords->admit(credentials->user, credentials->password);
}

Answer HttpServer::Impl::answer(const Listener& listener, MHD_Connection* connection,
                                const char* url, std::string_view method) const {
  if (!is_servable(method)) {
    return {.response = {.status = 405, .body = "Only GET and HEAD are served.\n"},
            .allow = "GET, HEAD"};
  }
  const bool wanted = wants_password(listener);
  const Admission admitted = wanted ? admission(connection) : Admission::kGranted;
  if (admitted != Admission::kGranted) return refusal(admitted);
  const auto target = parse_request_target(url);
  const auto route = target ? routes.find(target->path) : routes.end();
  if (route == routes.end()) {
    return {.response = {.status = 404, .body = "Not found. What there is stands at /\n"}};
  }
  HttpRequest request{.method = std::string(method),
                      .path = target->path,
                      .query = query_of(connection),
                      .local = is_local(connection, listener.socket->is_unix, *target),
                      .authenticated = wanted};
  Answer answer{.response = route->second(request)};
  compress(answer, connection);
  return answer;
}

// The library calls this when the headers are in, again for each piece of a body, and once more at
// the end. It keeps a connection open only when it is answered at the end; a body we would have to
// read first is not worth that.
MHD_Result HttpServer::Impl::on_request(void* cls, MHD_Connection* connection, const char* url,
                                        const char* method, const char*, const char*, std::size_t*,
                                        void** context) {
  static char headers_seen;
  if (!*context && is_servable(method) && !announces_body(connection)) {
    *context = &headers_seen;
    return MHD_YES;
  }
  const auto& listener = *static_cast<Listener*>(cls);
  try {
    return send(connection, listener.server->answer(listener, connection, url, method));
  } catch (const std::exception& error) {  // nothing may be thrown through the C library
    return listener.server->report(connection, error.what());
  } catch (...) {
    return listener.server->report(connection, "an unknown exception");
  }
}

MHD_Result HttpServer::Impl::report(MHD_Connection* connection, const char* what) const {
  try {
    if (on_fault) on_fault(what);
    return send(
        connection,
        {.response = {.status = 500, .body = "The answer failed: see the log of the daemon.\n"}});
  } catch (...) {   // not even memory for that
    return MHD_NO;  // closes the connection
  }
}

void HttpServer::Impl::start(Listener& listener) {
  // Room above our own limit: at the library's limit it would stop to accept, and clients would
  // wait in the queue instead of being told at once.
  const unsigned library_limit = options.max_connections + 64;
  const SignalsBlocked for_its_thread;
  const bool tls = !options.tls_certificate.empty() && !listener.socket->is_unix;
  // The library closes what it was given; the socket itself may outlive this server. Without
  // MHD_USE_ITC the library would shut it down for everybody to wake its own thread.
  FileDescriptor handed(fcntl(listener.socket->fd.get(), F_DUPFD_CLOEXEC, 0));
  const MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, nullptr}};
  const MHD_OptionItem identity[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, options.tls_certificate.data()},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, options.tls_key.data()},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities)},
      {MHD_OPTION_END, 0, nullptr}};
  listener.daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | (tls ? MHD_USE_TLS : MHD_NO_FLAG), 0, on_accept,
      &listener, on_request, &listener,                                   //
      MHD_OPTION_LISTEN_SOCKET, handed.get(),                             //
      MHD_OPTION_CONNECTION_LIMIT, library_limit,                         //
      MHD_OPTION_CONNECTION_TIMEOUT, options.connection_timeout_seconds,  //
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, &listener,             //
      MHD_OPTION_ARRAY, tls ? identity : plain,                           //
      MHD_OPTION_END);
  if (!listener.daemon) {
    throw std::runtime_error("cannot listen on " + listener.socket->address +
                             ": the HTTP library cannot start" + (tls ? " with TLS" : ""));
  }
  handed.release();  // closed by MHD_stop_daemon from now on
}

/// Lets new sockets overlap with these while it lives.
class HttpServer::Impl::OverlapAllowed {
 public:
  explicit OverlapAllowed(const std::vector<const Listener*>& old) : old_(old) { allow(true); }
  ~OverlapAllowed() { allow(false); }
  OverlapAllowed(const OverlapAllowed&) = delete;
  OverlapAllowed& operator=(const OverlapAllowed&) = delete;

 private:
  void allow(bool allowed) const {
    for (const Listener* listener : old_) allow_overlap(*listener->socket, allowed);
  }
  const std::vector<const Listener*>& old_;
};

/// Those of `predecessor` that are not taken over may overlap with new ones: they go next.
void HttpServer::Impl::bind(const Impl* predecessor) {
  std::vector<const Listener*> old;
  if (predecessor) {
    for (const auto& listener : predecessor->listeners) old.push_back(listener.get());
  }
  for (const std::string& address : options.listen_addresses) {
    const auto same = std::ranges::find(old, address, &Listener::asked_for);
    auto kept = same == old.end() ? nullptr : (*same)->socket;
    if (kept) old.erase(same);
    listeners.push_back(std::make_unique<Listener>(this, address, std::move(kept)));
  }
  const OverlapAllowed while_binding(old);
  for (const auto& listener : listeners) {
    if (!listener->socket)
      listener->socket =
          std::make_shared<ListeningSocket>(listen_on(listener->asked_for, !old.empty()));
  }
}

HttpServer::HttpServer(HttpServerOptions options, std::map<std::string, HttpHandler> routes,
                       HttpFault on_fault, const HttpServer* predecessor)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->routes = std::move(routes);
  impl_->on_fault = std::move(on_fault);
  impl_->passwords = std::make_unique<PasswordBook>(impl_->options.users, steady_now);
  // All sockets before any thread: when one cannot be bound, nothing was served yet.
  impl_->bind(predecessor ? predecessor->impl_.get() : nullptr);
  for (const auto& listener : impl_->listeners) impl_->start(*listener);
}

HttpServer::~HttpServer() = default;

std::vector<std::string> HttpServer::bound_addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : impl_->listeners) addresses.push_back(listener->socket->address);
  return addresses;
}

}  // namespace tierwatch
