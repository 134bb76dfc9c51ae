// SPDX-License-Identifier: MIT
#include "exporters/http/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "exporters/http/client_places.h"
#include "exporters/http/http_server_admission.h"
#include "exporters/http/http_server_answer.h"
#include "exporters/http/listening_socket.h"
#include "exporters/http/password_book.h"
#include "exporters/http/signals_blocked.h"

namespace tierwatch {
namespace {

std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// Null: not known.
const sockaddr* peer_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : nullptr;
}

/// As ClientPlaces wants it.
std::string host_of(const sockaddr* peer) { return is_loopback(peer) ? "" : client_network(peer); }

/// The library sees the end of the connection, and closes it.
std::function<void(int)> end_connection(bool& ended) {
  return [&ended](int descriptor) { ended = shutdown(descriptor, SHUT_RDWR) == 0; };
}

/// The kernel would take megabytes for who does not read; they count as ours (control groups v2).
void limit_send_buffer(int socket) {
  constexpr int kBytes = 32 << 10;  // it reserves twice that
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kBytes, sizeof kBytes);
}

ClientPlaces::Client* client_of(MHD_Connection* connection) {
  return static_cast<ClientPlaces::Client*>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
}

}  // namespace

struct HttpServer::Impl {
  /// One address: a socket, and the library's thread that serves it.
  struct Listener {
    Listener(Impl* owner, std::string text, std::shared_ptr<ListeningSocket> bound)
        : server(owner),
          asked_for(std::move(text)),
          socket(std::move(bound)),
          clients(owner->options.max_connections, owner->options.max_connections_of_one,
                  std::chrono::seconds(owner->options.connection_timeout_seconds)) {}
    Impl* server;
    std::string asked_for;                    ///< the address as the options name it
    std::shared_ptr<ListeningSocket> socket;  ///< shared with the next server over a reload
    std::mutex mutex;
    ClientPlaces clients;  ///< guarded by mutex: descriptors in it are open while it is held
    MHD_Daemon* daemon = nullptr;
    FileDescriptor quiesced;  ///< was the daemon's; closed when that has ended
  };

  class OverlapAllowed;

  HttpServerOptions options;
  std::map<std::string, HttpHandler> routes;
  HttpFault on_fault;
  WebEvents events;
  std::unique_ptr<PasswordBook> passwords;
  std::unique_ptr<AdmissionDesk> desk;
  std::unique_ptr<SharedBodies> bodies;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::atomic<bool> retired = false;

  ~Impl() {
    if (desk) desk->close();
    for (const auto& listener : listeners) {
      if (listener->daemon) MHD_stop_daemon(listener->daemon);
    }
  }

  void bind(const Impl* predecessor);
  void start(Listener& listener);
  MHD_Result report(MHD_Connection* connection, const char* what) const;
  bool speaks_tls(const Listener& listener) const {
    return !options.tls_certificate.empty() && !listener.socket->is_unix;
  }
  bool wants_password(const Listener& listener) const {
    return !listener.socket->is_unix && !passwords->empty();
  }
  MHD_Result send(MHD_Connection* connection, Answer reply) const {
    const SharedBodyPtr body = take_body(reply, *bodies);
    if (events.answered) events.answered(reply.handler, reply.response.status);
    return send_answer(connection, reply, body, options.headers, retired);
  }
  Admission admission(MHD_Connection* connection) const;
  bool is_looked_at(const Listener& listener, MHD_Connection* connection) const;
  std::optional<Answer> refused(const Listener& listener, MHD_Connection* connection,
                                bool& certified) const;
  Answer answer(const Listener& listener, MHD_Connection* connection, const char* url,
                std::string_view method) const;

  void tell_dropped(const Listener& listener) const {
    if (on_fault)
      on_fault("connections to " + listener.socket->address +
               " were dropped: they held places and sent no whole request");
  }
  static void note_asked(Listener& listener, MHD_Connection* connection) {
    const std::lock_guard lock(listener.mutex);
    listener.clients.asked(client_of(connection), steady_now());
  }

  static MHD_Result on_accept(void* listener, const sockaddr* peer, socklen_t size);
  static void on_connection(void* listener, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);
  static void on_answered(void* listener, MHD_Connection* connection, void** context,
                          MHD_RequestTerminationCode code);
  static MHD_Result on_request(void* listener, MHD_Connection* connection, const char* url,
                               const char* method, const char* version, const char* upload,
                               std::size_t* upload_size, void** context);
};

MHD_Result HttpServer::Impl::on_accept(void* cls, const sockaddr* peer, socklen_t) {
  auto& listener = *static_cast<Listener*>(cls);
  bool dropped = false, admitted = false;
  try {
    {
      const std::lock_guard lock(listener.mutex);
      admitted = listener.clients.admit(steady_now(), host_of(peer), end_connection(dropped));
    }
    if (dropped || !admitted) listener.server->tell_dropped(listener);
    return admitted ? MHD_YES : MHD_NO;
  } catch (...) {  // nothing may be thrown through the C library
    return MHD_NO;
  }
}

void HttpServer::Impl::on_connection(void* cls, MHD_Connection* connection, void** client,
                                     MHD_ConnectionNotificationCode code) {
  auto& listener = *static_cast<Listener*>(cls);
  ClientPlaces& clients = listener.clients;
  const std::lock_guard lock(listener.mutex);
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    limit_send_buffer(info->connect_fd);
    *client = clients.opened(info->connect_fd, host_of(peer_of(connection)), steady_now());
  } else {
    clients.closed(static_cast<ClientPlaces::Client*>(*client));
  }
}

void HttpServer::Impl::on_answered(void* cls, MHD_Connection* connection, void**,
                                   MHD_RequestTerminationCode) {
  auto& listener = *static_cast<Listener*>(cls);
  const std::lock_guard lock(listener.mutex);
  listener.clients.answered(client_of(connection), steady_now());
  listener.server->desk->forget(connection);
}

Admission HttpServer::Impl::admission(MHD_Connection* connection) const {
  const Admission admitted = desk->take(connection);
  if (events.refused && admitted != Admission::kGranted)
    events.refused(admitted == Admission::kTooMany ? AuthFailure::kTooMany
                   : request_header(connection, "Authorization").empty()
                       ? AuthFailure::kNoPassword
                       : AuthFailure::kWrongPassword);
  return admitted;
}

/// Whether this is called again when it is known who asks.
bool HttpServer::Impl::is_looked_at(const Listener& listener, MHD_Connection* connection) const {
  if (!wants_password(listener)) return false;
  bool certified = false;
  if (speaks_tls(listener) && !options.client_ca.empty() &&
      certificate_refusal(connection, options, certified))
    return false;
  return desk->waits(connection, request_header(connection, "Authorization"),
                     client_network(peer_of(connection)));
}

/// By its certificate or its password; `certified`: by its certificate it is known.
std::optional<Answer> HttpServer::Impl::refused(const Listener& listener,
                                                MHD_Connection* connection, bool& certified) const {
  if (speaks_tls(listener) && !options.client_ca.empty()) {
    auto by_certificate = certificate_refusal(connection, options, certified);
    if (by_certificate && events.refused) events.refused(AuthFailure::kCertificate);
    if (by_certificate) return by_certificate;
  }
  if (!wants_password(listener)) return std::nullopt;
  const Admission admitted = admission(connection);
  return admitted == Admission::kGranted ? std::nullopt : std::optional(refusal(admitted));
}

Answer HttpServer::Impl::answer(const Listener& listener, MHD_Connection* connection,
                                const char* url, std::string_view method) const {
  if (!is_servable(method)) {
    return {.response = {.status = 405, .body = "Only GET and HEAD are served.\n"},
            .allow = "GET, HEAD"};
  }
  const auto target = parse_request_target(url);
  const auto route = target ? routes.find(target->path) : routes.end();
  const bool known = route != routes.end();
  const std::string_view handler = known ? std::string_view(route->first) : kNoHandler;
  bool certified = false;
  if (auto no = refused(listener, connection, certified)) {
    no->handler = handler;
    return std::move(*no);
  }
  if (!known)
    return {.response = {.status = 404, .body = "Not found. See / for the available pages.\n"}};
  HttpRequest request{.method = std::string(method),
                      .path = target->path,
                      .query = query_of(connection),
                      .local = is_local_request(connection, listener.socket->is_unix, *target),
                      .authenticated = wants_password(listener) || certified,
                      .accept = std::string(request_header(connection, "Accept"))};
  return {.response = route->second(request),
          .gzip_accepted = accepts_gzip(request_header(connection, "Accept-Encoding")),
          .handler = handler};
}

// The library calls this when the headers are in, again for each piece of a body, and once more at
// the end. It keeps a connection open only when it is answered at the end; a body we would have to
// read first is not worth that.
MHD_Result HttpServer::Impl::on_request(void* cls, MHD_Connection* connection, const char* url,
                                        const char* method, const char* version, const char*,
                                        std::size_t*, void** context) {
  static char headers_seen;
  note_asked(*static_cast<Listener*>(cls), connection);
  const bool first = *context != &headers_seen;
  const char* wrong = first ? why_malformed(connection, method, url, *context, version) : nullptr;
  if (first && !wrong && is_servable(method) && !announces_body(connection)) {
    *context = &headers_seen;
    return MHD_YES;
  }
  const auto& listener = *static_cast<Listener*>(cls);
  try {
    if (!wrong && is_servable(method) && listener.server->is_looked_at(listener, connection))
      return MHD_YES;
    Answer answer = wrong ? Answer{.response = {.status = 400, .body = wrong}}
                          : listener.server->answer(listener, connection, url, method);
    return listener.server->send(connection, std::move(answer));
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
  const bool tls = speaks_tls(listener);
  // The library closes what it was given; the socket itself may outlive this server. Without
  // MHD_USE_ITC the library would shut it down for everybody to wake its own thread.
  FileDescriptor handed(fcntl(listener.socket->fd.get(), F_DUPFD_CLOEXEC, 0));
  std::vector<MHD_OptionItem> identity;
  if (tls) {
    identity = {{MHD_OPTION_HTTPS_MEM_CERT, 0, options.tls_certificate.data()},
                {MHD_OPTION_HTTPS_MEM_KEY, 0, options.tls_key.data()},
                {MHD_OPTION_HTTPS_PRIORITIES, 0, options.tls_priorities.data()}};
    if (!options.client_ca.empty())
      identity.push_back({MHD_OPTION_HTTPS_MEM_TRUST, 0, options.client_ca.data()});
  }
  identity.push_back({MHD_OPTION_END, 0, nullptr});
  listener.daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : MHD_NO_FLAG),
      0, on_accept, &listener, on_request, &listener,                     //
      MHD_OPTION_LISTEN_SOCKET, handed.get(),                             //
      MHD_OPTION_CONNECTION_LIMIT, library_limit,                         //
      MHD_OPTION_CONNECTION_TIMEOUT, options.connection_timeout_seconds,  //
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, &listener,             //
      MHD_OPTION_NOTIFY_COMPLETED, on_answered, &listener,                //
      MHD_OPTION_URI_LOG_CALLBACK, end_of_target, nullptr,                //
      MHD_OPTION_UNESCAPE_CALLBACK, unescape, nullptr,                    //
      MHD_OPTION_ARRAY, identity.data(),                                  //
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
      listener->socket = std::make_shared<ListeningSocket>(
          listen_on(listener->asked_for, options.socket_access, !old.empty()));
  }
}

HttpServer::HttpServer(HttpServerOptions options, std::map<std::string, HttpHandler> routes,
                       HttpFault on_fault, const HttpServer* predecessor, WebEvents events)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->routes = std::move(routes);
  impl_->on_fault = std::move(on_fault);
  impl_->events = std::move(events);
  impl_->passwords = std::make_unique<PasswordBook>(impl_->options.users, steady_now);
  impl_->bodies = std::make_unique<SharedBodies>(impl_->options.body_room_bytes);
  impl_->desk = std::make_unique<AdmissionDesk>(*impl_->passwords);
  // All sockets before any thread: when one cannot be bound, nothing was served yet.
  impl_->bind(predecessor ? predecessor->impl_.get() : nullptr);
  for (const auto& listener : impl_->listeners) impl_->start(*listener);
  if (!predecessor || predecessor->impl_->options.socket_access == impl_->options.socket_access)
    return;
  for (const auto& listener : impl_->listeners)  // those taken over; the others have it
    give_access(*listener->socket, impl_->options.socket_access);
}

HttpServer::~HttpServer() = default;

void HttpServer::retire() {
  impl_->retired = true;
  impl_->desk->close();
  for (const auto& listener : impl_->listeners) {
    if (listener->socket.use_count() > 1) {
      // Its thread may still look at the socket until it ends.
      listener->quiesced = FileDescriptor(MHD_quiesce_daemon(listener->daemon));
      continue;
    }
    MHD_stop_daemon(listener->daemon);
    listener->daemon = nullptr;
    listener->socket.reset();
  }
}

void HttpServer::drop_late() {
  for (const auto& listener : impl_->listeners) {
    bool dropped = false;
    {
      const std::lock_guard lock(listener->mutex);
      listener->clients.drop_late(steady_now(), end_connection(dropped));
    }
    if (dropped) impl_->tell_dropped(*listener);
  }
}

std::vector<std::string> HttpServer::bound_addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : impl_->listeners) addresses.push_back(listener->socket->address);
  return addresses;
}

}  // namespace tierwatch
