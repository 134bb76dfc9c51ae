// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/terminal.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <fcntl.h>
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// <term.h> gives these names to capabilities.
#undef columns
#undef lines

namespace tierwatch {
namespace {

constexpr int kEscapeDelayMs = 25;  ///< a lone Escape is told from a function key by then

// What signal handlers may touch: set before they are installed, and plain data only.
int signal_pipe[2] = {-1, -1};
termios termios_before;
std::array<char, 512> restore_sequence;
std::size_t restore_size = 0;

constexpr std::array kEnds = {SIGINT, SIGTERM, SIGHUP};
/// All others that end a program (signal(7)): crashes, Ctrl-\\, limits, alarms.
constexpr std::array kDeaths = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
                                SIGSYS,  SIGQUIT, SIGXCPU, SIGXFSZ, SIGALRM, SIGVTALRM,
                                SIGPROF, SIGUSR1, SIGUSR2, SIGPOLL, SIGPWR,  SIGSTKFLT};

void on_signal(int signal) {
  const int error = errno;
  const char byte = signal == SIGWINCH || signal == SIGCONT ? 'w' : 'q';
  // A full pipe holds enough news already.
  [[maybe_unused]] const ssize_t written = write(signal_pipe[1], &byte, 1);
  errno = error;
}

/// Async-signal-safe: write(2) and tcsetattr(3) are (signal-safety(7)); ncurses is not.
void on_death(int signal) {
  // In the background the terminal is somebody else's, and has been restored for him.
  if (tcgetpgrp(STDIN_FILENO) == getpgrp()) {
    [[maybe_unused]] const ssize_t written =
        write(STDOUT_FILENO, restore_sequence.data(), restore_size);
    tcsetattr(STDIN_FILENO, TCSANOW, &termios_before);
  }
  raise(signal);  // SA_RESETHAND: this time as it would have been without us
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

/// Adds a capability of the terminal, without its padding ("$<5>").
void add_restore(const char* capability) {
  const char* text = tigetstr(const_cast<char*>(capability));
  if (!text || text == reinterpret_cast<char*>(-1)) return;
  std::string plain(text);
  for (std::size_t at; (at = plain.find("$<")) != std::string::npos;)
    plain.erase(at, plain.find('>', at) - at + 1);
  const std::size_t room = restore_sequence.size() - restore_size;
  restore_size += plain.copy(restore_sequence.data() + restore_size, room);
}

void prepare_restore() {
  restore_size = 0;
  for (const char* capability : {"sgr0", "op", "rmkx", "cnorm"}) add_restore(capability);
  if (has_mouse()) {
    constexpr std::string_view kMouseOff = "\033[?1000l\033[?1006l";
    restore_size += kMouseOff.copy(restore_sequence.data() + restore_size,
                                   restore_sequence.size() - restore_size);
  }
  add_restore("rmcup");
}

void install_handlers() {
  if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  for (const int signal : kEnds) handle(signal, on_signal, SA_RESTART);
  for (const int signal : {SIGWINCH, SIGCONT}) handle(signal, on_signal, SA_RESTART);
  for (const int signal : kDeaths) handle(signal, on_death, SA_RESETHAND | SA_NODEFER);
}

void remove_handlers() {
  for (const int signal : kEnds) handle(signal, SIG_DFL, 0);
  for (const int signal : {SIGWINCH, SIGCONT}) handle(signal, SIG_DFL, 0);
  for (const int signal : kDeaths) handle(signal, SIG_DFL, 0);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63];
  }
  return text;
}

short pair_of(Ink ink) { return static_cast<short>(static_cast<int>(ink) + 1); }

attr_t attributes_of(const Look& look) {
  attr_t attributes = A_NORMAL;
  if (look.bold) attributes |= A_BOLD;
  if (look.dim) attributes |= A_DIM;
  if (look.reverse) attributes |= A_REVERSE;
  if (look.underline) attributes |= A_UNDERLINE;
  return attributes;
}

int terminal_colors() { return has_colors() ? COLORS : 0; }

void put_cell(int x, int y, const Cell& cell, PaletteName palette) {
  const Look look = look_of(cell.ink, palette, terminal_colors());
  auto glyph = static_cast<wchar_t>(cell.glyph);
  // Where the C library sees another width than we do, ncurses would move the rest of the row.
  const int width = wcwidth(glyph);
  const wchar_t text[] = {width == glyph_width(cell.glyph) ? glyph : L'?', L'\0'};
  cchar_t wide;
  setcchar(&wide, text, attributes_of(look), terminal_colors() > 0 ? pair_of(cell.ink) : 0,
           nullptr);
  mvadd_wch(y, x, &wide);
}

std::optional<Event> mouse_event() {
  MEVENT mouse;
  if (getmouse(&mouse) != OK) return std::nullopt;
  const Point at{mouse.x, mouse.y};
  if (mouse.bstate & BUTTON4_PRESSED) return Event{Input::kWheelUp, 0, at};
  if (mouse.bstate & BUTTON5_PRESSED) return Event{Input::kWheelDown, 0, at};
  if (mouse.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED)) return Event{Input::kClick, 0, at};
  return std::nullopt;
}

std::optional<Event> key_event(wint_t key) {
  if (key >= KEY_F(1) && key <= KEY_F(10))
    return Event{
        static_cast<Input>(static_cast<int>(Input::kF1) + static_cast<int>(key) - KEY_F(1))};
  switch (key) {
    case KEY_UP:
      return Event{Input::kUp};
    case KEY_DOWN:
      return Event{Input::kDown};
    case KEY_LEFT:
      return Event{Input::kLeft};
    case KEY_RIGHT:
      return Event{Input::kRight};
    case KEY_PPAGE:
      return Event{Input::kPageUp};
    case KEY_NPAGE:
      return Event{Input::kPageDown};
    case KEY_HOME:
      return Event{Input::kHome};
    case KEY_END:
      return Event{Input::kEnd};
    case KEY_ENTER:
      return Event{Input::kEnter};
    case KEY_BACKSPACE:
      return Event{Input::kBackspace};
    case KEY_MOUSE:
      return mouse_event();
    default:
      return std::nullopt;
  }
}

std::optional<Event> text_event(wint_t text) {
  switch (text) {
    case '\r':
    case '\n':
      return Event{Input::kEnter};
    case '\t':
      return Event{Input::kTab};
    case 3:
      return Event{Input::kInterrupt};
    case 8:
    case 127:
      return Event{Input::kBackspace};
    case 12:
      return Event{Input::kRedraw};
    case 27:
      return Event{Input::kEscape};
    default:
      if (text < 32) return std::nullopt;
      return Event{Input::kText, static_cast<char32_t>(text)};
  }
}

/// Throws when $TERM is not known, or names a terminal on which nothing can be put in a place.
void refuse_poor_terminal() {
  constexpr const char* kInstead = "; try TERM=xterm, or --once or --batch for text";
  const char* term = std::getenv("TERM");
  if (!term || !*term) throw std::runtime_error(std::string("TERM is not set") + kInstead);
  int error = 0;
  if (setupterm(nullptr, STDOUT_FILENO, &error) != OK)
    throw std::runtime_error("the terminal " + std::string(term) + " is not known here" + kInstead);
  const char* move = tigetstr(const_cast<char*>("cup"));
  if (!move || move == reinterpret_cast<char*>(-1))
    throw std::runtime_error("the terminal " + std::string(term) + " cannot move its cursor" +
                             kInstead);
}

}  // namespace

Charset terminal_charset() {
  std::setlocale(LC_CTYPE, "");
  const char* term = std::getenv("TERM");
  const std::string name = term ? term : "";
  // The console's font has 256 or 512 characters, a VT100's fewer: no blocks of eighths in either.
  if (name == "linux" || name.starts_with("vt") || name == "dumb") return Charset::kAscii;
  return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? Charset::kUnicode : Charset::kAscii;
}

bool terminal_has_clipboard() {
  const char* term = std::getenv("TERM");
  const std::string name = term ? term : "";
  return name != "linux" && !name.starts_with("vt") && name != "dumb";
}

Terminal::Terminal(PaletteName palette) : palette_(palette) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    throw std::runtime_error("standard input and output must be a terminal; --once prints text");
  refuse_poor_terminal();
  tcgetattr(STDIN_FILENO, &termios_before);
  install_handlers();  // first, so that ncurses leaves them alone
  initscr();
  set_escdelay(kEscapeDelayMs);
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  mouseinterval(0);
  mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
  prepare_restore();
  if (has_colors()) {
    start_color();
    use_default_colors();
  }
  set_palette(palette);
}

Terminal::~Terminal() {
  endwin();
  remove_handlers();
}

Size Terminal::size() const { return {COLS, LINES}; }

void Terminal::set_palette(PaletteName palette) {
  palette_ = palette;
  for (std::size_t i = 0; i < kInks && has_colors(); ++i) {
    const Ink ink = static_cast<Ink>(i);
    const Look look = look_of(ink, palette, COLORS);
    init_pair(pair_of(ink), look.foreground, look.background);
  }
  shown_ = Frame({0, 0});
}

void Terminal::draw(const Frame& frame, bool all) {
  const bool anew = all || frame.size() != shown_.size();
  for (int y = 0; y < frame.size().rows; ++y) {
    for (int x = 0; x < frame.size().columns; ++x) {
      const Cell& cell = frame.at(x, y);
      // Half of a wide character changes with its other half.
      const bool wide = x + 1 < frame.size().columns && frame.at(x + 1, y).glyph == 0;
      const bool same =
          !anew && cell == shown_.at(x, y) && (!wide || frame.at(x + 1, y) == shown_.at(x + 1, y));
      if (!same && cell.glyph != 0) put_cell(x, y, cell, palette_);
    }
  }
  if (all) clearok(curscr, TRUE);
  refresh();
  shown_ = frame;
}

void Terminal::copy(std::string_view text) {
  const std::string sequence = "\033]52;c;" + base64(text) + "\a";
  fflush(stdout);  // what ncurses has yet to send
  std::string_view rest = sequence;
  while (!rest.empty()) {
    const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Terminal::wait(std::span<const int> descriptors, nanoseconds timeout) {
  std::vector<pollfd> sources = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                 {.fd = signal_pipe[0], .events = POLLIN, .revents = 0}};
  for (const int descriptor : descriptors)
    sources.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  poll(sources.data(), sources.size(), static_cast<int>(std::clamp<long>(whole, 0, 60'000)));
  if (sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) ended_ = true;
}

std::optional<Event> Terminal::read_signal() {
  std::array<char, 64> bytes{};
  const ssize_t got = ::read(signal_pipe[0], bytes.data(), bytes.size());
  if (got <= 0) return std::nullopt;
  if (std::find(bytes.begin(), bytes.begin() + got, 'q') != bytes.begin() + got)
    return Event{Input::kInterrupt};
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    resizeterm(size.ws_row, size.ws_col);
  return Event{Input::kRedraw};
}

std::optional<Event> Terminal::read() {
  if (std::exchange(ended_, false)) return Event{Input::kInterrupt};  // said once
  if (const auto event = read_signal()) return event;
  wint_t key = 0;
  while (true) {
    const int kind = get_wch(&key);
    if (kind == ERR) return std::nullopt;
    const auto event = kind == KEY_CODE_YES ? key_event(key) : text_event(key);
    if (event) return event;
  }
}

}  // namespace tierwatch
