// SPDX-License-Identifier: MIT
#include "exporters/http_server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "exporters/http_text.h"
#include "exporters/listening_socket.h"
#include "exporters/password_book.h"

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

bool is_local(MHD_Connection* connection, bool unix_socket) {
  if (came_through_proxy(connection)) return false;
  if (unix_socket) return true;
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info && is_loopback(info->client_addr) && is_loopback_host(header(connection, "Host"));
}

MHD_Result add_argument(void* query, MHD_ValueKind, const char* key, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(query))[key] = value ? value : "";
  return MHD_YES;
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
    Listener(Impl* owner, ListeningSocket bound) : server(owner), socket(std::move(bound)) {}
    Impl* server;
    ListeningSocket socket;
    MHD_Daemon* daemon = nullptr;
    std::atomic<unsigned> connections{0};
  };

  HttpServerOptions options;
  std::map<std::string, HttpHandler> routes;
  std::unique_ptr<PasswordBook> passwords;
  std::vector<std::unique_ptr<Listener>> listeners;

  ~Impl() {
    for (const auto& listener : listeners) {
      if (listener->daemon) MHD_stop_daemon(listener->daemon);
    }
  }

  void start(Listener& listener);
  bool wants_password(const Listener& listener) const {
    return !listener.socket.is_unix && !passwords->empty();
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
  const auto route = routes.find(url);
  if (route == routes.end()) {
    return {.response = {.status = 404, .body = "Not found. What there is stands at /\n"}};
  }
  HttpRequest request{.method = std::string(method),
                      .path = url,
                      .local = is_local(connection, listener.socket.is_unix),
                      .authenticated = wanted};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, &request.query);
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
  } catch (const std::exception&) {  // out of memory: nothing may be thrown through the C library
    return MHD_NO;                   // closes the connection
  }
}

void HttpServer::Impl::start(Listener& listener) {
  // Room above our own limit: at the library's limit it would stop to accept, and clients would
  // wait in the queue instead of being told at once.
  const unsigned library_limit = options.max_connections + 64;
  const SignalsBlocked for_its_thread;
  const bool tls = !options.tls_certificate.empty() && !listener.socket.is_unix;
  const MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, nullptr}};
  const MHD_OptionItem identity[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, options.tls_certificate.data()},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, options.tls_key.data()},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities)},
      {MHD_OPTION_END, 0, nullptr}};
  listener.daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | (tls ? MHD_USE_TLS : MHD_NO_FLAG), 0,
                       on_accept, &listener, on_request, &listener,                        //
                       MHD_OPTION_LISTEN_SOCKET, listener.socket.fd.get(),                 //
                       MHD_OPTION_CONNECTION_LIMIT, library_limit,                         //
                       MHD_OPTION_CONNECTION_TIMEOUT, options.connection_timeout_seconds,  //
                       MHD_OPTION_NOTIFY_CONNECTION, on_connection, &listener,             //
                       MHD_OPTION_ARRAY, tls ? identity : plain,                           //
                       MHD_OPTION_END);
  if (!listener.daemon) {
    throw std::runtime_error("cannot listen on " + listener.socket.address +
                             ": the HTTP library cannot start" + (tls ? " with TLS" : ""));
  }
  listener.socket.fd.release();  // closed by MHD_stop_daemon from now on
}

HttpServer::HttpServer(HttpServerOptions options, std::map<std::string, HttpHandler> routes)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->routes = std::move(routes);
  impl_->passwords = std::make_unique<PasswordBook>(impl_->options.users, steady_now);
  // All sockets before any thread: when one cannot be bound, nothing was served yet.
  for (const std::string& address : impl_->options.listen_addresses) {
    impl_->listeners.push_back(std::make_unique<Impl::Listener>(impl_.get(), listen_on(address)));
  }
  for (const auto& listener : impl_->listeners) impl_->start(*listener);
}

HttpServer::~HttpServer() = default;

std::vector<std::string> HttpServer::bound_addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : impl_->listeners) addresses.push_back(listener->socket.address);
  return addresses;
}

}  // namespace tierwatch
