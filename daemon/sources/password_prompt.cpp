// SPDX-License-Identifier: MIT
#include "daemon/sources/password_prompt.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

/// No echo while it lives. Signals of the keyboard arrive after it: echo must be back by then.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    sigset_t keyboard;
    sigemptyset(&keyboard);
    for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGTERM, SIGHUP})
      sigaddset(&keyboard, signal);
    pthread_sigmask(SIG_BLOCK, &keyboard, &signals_);
    tcgetattr(terminal_, &before_);
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    tcsetattr(terminal_, TCSAFLUSH, &unseen);
  }
  ~Unseen() {
    tcsetattr(terminal_, TCSAFLUSH, &before_);
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  int terminal_;
  termios before_{};
  sigset_t signals_{};
};

void say(int terminal, const std::string& text) {
  if (write(terminal, text.data(), text.size()) < 0) return;  // then nobody sees it: the read tells
}

}  // namespace

std::optional<std::string> ask_password(const std::string& prompt) {
  constexpr char kInterrupt = '\x03';  // Ctrl-C, which is a character while ISIG is off
  const FileDescriptor terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0) return std::nullopt;
  const Unseen while_typing(terminal.get());
  say(terminal.get(), prompt);
  std::string typed;
  char byte = 0;
  while (read(terminal.get(), &byte, 1) == 1 && byte != '\n' && byte != kInterrupt) typed += byte;
  say(terminal.get(), "\n");
  if (typed.empty() || byte == kInterrupt) return std::nullopt;
  return typed;
}

}  // namespace tierwatch
