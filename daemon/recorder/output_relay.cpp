// SPDX-License-Identifier: MIT
#include "daemon/recorder/output_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>

#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Once the program has ended its text is in the pipe (pipe(7): 64 kB; a pseudo-terminal holds less
/// but may take a moment to hand it over). What comes beyond that is of others that still write.
constexpr std::size_t kPipeBytes = 65536;
constexpr nanoseconds kDrain = std::chrono::milliseconds(100);
/// Text that comes in less time than that is told to have come at once.
constexpr auto kSameArrival = std::chrono::milliseconds(50);

}  // namespace

std::optional<std::chrono::system_clock::time_point> RelayedOutput::arrival_of(
    std::size_t place) const {
  const auto after = std::ranges::upper_bound(arrivals, place, {}, &Arrival::place);
  return after == arrivals.begin() ? std::nullopt : std::optional(std::prev(after)->at);
}

OutputRelay::OutputRelay(StatusLine& status) : status_(status) {
  terminal_ = isatty(STDOUT_FILENO);
  terminal_ ? open_terminal() : open_pipe();
  stop_ = FileDescriptor(eventfd(0, EFD_CLOEXEC));
  if (!stop_) fail("cannot open an eventfd");
}

OutputRelay::~OutputRelay() {
  if (thread_.joinable()) finish();
}

void OutputRelay::open_terminal() {
  our_end_ = FileDescriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!our_end_ || grantpt(our_end_.get()) != 0 || unlockpt(our_end_.get()) != 0)
    fail("cannot open a pseudo-terminal");
  std::array<char, 64> name{};
  if (ptsname_r(our_end_.get(), name.data(), name.size()) != 0)
    fail("cannot open a pseudo-terminal");
  child_end_ = FileDescriptor(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!child_end_) fail("cannot open a pseudo-terminal");
  termios modes{};
  if (tcgetattr(STDOUT_FILENO, &modes) == 0) {
    modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // ours adds the carriage returns
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(child_end_.get(), TCSANOW, &modes);
  }
  resize();
}

void OutputRelay::open_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("cannot open a pipe");
  our_end_ = FileDescriptor(ends[0]);
  child_end_ = FileDescriptor(ends[1]);
}

void OutputRelay::resize() const {
  winsize size{};
  if (terminal_ && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    ioctl(our_end_.get(), TIOCSWINSZ, &size);
}

void OutputRelay::start() {
  child_end_.reset();
  thread_ = std::thread([this] { run(); });
}

namespace {

/// Passes on until nobody writes any more, or nobody reads. Holds nothing else open for which
/// somebody might wait. Of a process with several threads: only what signal-safety(7) lists.
[[noreturn]] void pass_on_alone(int from) {
  for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGTTOU}) ::signal(signal, SIG_IGN);
  ::signal(SIGHUP, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  prctl(PR_SET_NAME, "tierwatch-relay");
  dup2(from, STDIN_FILENO);
  close_range(STDERR_FILENO, ~0u, 0);
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(0);
    for (ssize_t done = 0; done < got;) {
      const ssize_t now = write(STDOUT_FILENO, buffer + done, static_cast<std::size_t>(got - done));
      if (now < 0 && errno == EINTR) continue;
      if (now < 0) _exit(0);
      done += now;
    }
  }
}

}  // namespace

/// Who still has the pseudo-terminal would get EIO for each write once it is closed here. The
/// program's own terminal would have gone on; of a pipe the next write ends the writer (SIGPIPE).
void OutputRelay::leave_to_others() const {
  if (!terminal_ || !our_end_ || kept_.write_error != 0) return;
  pollfd others{.fd = our_end_.get(), .events = POLLIN, .revents = 0};
  if (poll(&others, 1, 0) < 0 || (others.revents & POLLHUP) != 0) return;
  if (fork() == 0) pass_on_alone(our_end_.get());
}

RelayedOutput OutputRelay::finish() {
  const std::uint64_t one = 1;
  write_all(stop_.get(), {reinterpret_cast<const char*>(&one), sizeof one});
  if (thread_.joinable()) thread_.join();
  leave_to_others();
  our_end_.reset();
  if (kept_.text.size() > kKeptBytes) forget_begin();
  return std::move(kept_);
}

void OutputRelay::keep(std::string_view bytes) {
  const auto now = std::chrono::system_clock::now();
  if (kept_.arrivals.empty() || now - kept_.arrivals.back().at >= kSameArrival)
    kept_.arrivals.push_back({kept_.text.size(), now});
  kept_.text += bytes;
  if (kept_.text.size() >= 2 * kKeptBytes) forget_begin();
}

void OutputRelay::forget_begin() {
  const std::size_t bytes = kept_.text.size() - kKeptBytes;
  kept_.text.erase(0, bytes);
  kept_.cut = true;
  std::erase_if(kept_.arrivals, [&](const auto& arrival) { return arrival.place < bytes; });
  for (auto& arrival : kept_.arrivals) arrival.place -= bytes;
}

void OutputRelay::run() {
  bool stopping = false;
  std::size_t left = kPipeBytes;  // of what the program can have written before it ended
  nanoseconds patience{};
  while (left > 0) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience - monotonic_now());
    pollfd waiting[] = {{.fd = our_end_.get(), .events = POLLIN, .revents = 0},
                        {.fd = stopping ? -1 : stop_.get(), .events = POLLIN, .revents = 0}};
    const int ready = poll(waiting, 2, stopping ? std::max(0, static_cast<int>(wait.count())) : -1);
    if (ready == 0) return;
    if (waiting[1].revents) {
      stopping = true;
      patience = monotonic_now() + kDrain;
    }
    if (!waiting[0].revents) continue;
    const auto bytes = pass_some();
    if (!bytes) return;
    if (stopping) left -= std::min(left, *bytes);
  }
}

/// Passes on what is there, and tells how much that was; absent at the end.
std::optional<std::size_t> OutputRelay::pass_some() {
  std::array<char, kPipeBytes> buffer;
  const ssize_t got = read(our_end_.get(), buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return 0;
  if (got <= 0) return std::nullopt;  // of a pseudo-terminal the end is EIO
  const auto bytes = static_cast<std::size_t>(got);
  try {
    keep({buffer.data(), bytes});
  } catch (const std::bad_alloc&) {  // what passes on matters more than what is kept
    kept_.cut = true;
  }
  if (kept_.write_error != 0) return bytes;
  const int error = status_.pass_output({buffer.data(), bytes});
  if (error == 0) return bytes;
  if (error == EPIPE) {
    our_end_.reset();  // nobody reads: the program shall notice as it would have without us
    return std::nullopt;
  }
  kept_.write_error = error;  // a full disk: the run goes on, and what is printed is still kept
  return bytes;
}

}  // namespace tierwatch
