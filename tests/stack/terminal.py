# SPDX-License-Identifier: MIT
"""A terminal of any size (tmux) with one program in it: keys in, what a person would see out."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile

from processes import wait_until

# All four tiers of a WebStack in the view of `tierwatch top`.
TIERS_OF_TOP = r"nginx +\S.*\n.*uwsgi +\S.*\n.*postgres +\S.*\n.*redis +\S"


class Terminal:
    """Runs argv in a tmux server of its own. The screen stays after the program has ended."""

    def __init__(self, argv, columns=120, rows=40, term="tmux-256color", env=None):
        self._directory = tempfile.mkdtemp(prefix="tierwatch-tmux-")
        self._socket = os.path.join(self._directory, "socket")
        settings = os.path.join(self._directory, "tmux.conf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(f"set -g default-terminal {term}\nset -g remain-on-exit on\n"
                       "set -g remain-on-exit-format ''\n"
                       "set -g status off\nset -sg escape-time 0\nset -g mouse on\n")
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": self._directory,
                       **(env or {})}
        environment.pop("TMUX", None)
        command = "exec env " + " ".join(
            shlex.quote(f"{key}={environment[key]}")
            for key in ("LC_ALL", "XDG_CONFIG_HOME", *(env or {}))) + " " + \
            " ".join(shlex.quote(str(word)) for word in argv)
        self._tmux("-f", settings, "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   command, environment=environment)

    def _tmux(self, *words, environment=None):
        done = subprocess.run(["tmux", "-u", "-S", self._socket, *words], check=True,
                              capture_output=True, env=environment, timeout=20)
        return done.stdout.decode("utf-8", "replace")

    def keys(self, *keys):
        """Names as tmux knows them: "F4", "Enter", "Down", "q"."""
        self._tmux("send-keys", *keys)
        return self

    def type(self, text):
        self._tmux("send-keys", "-l", "--", text)
        return self

    def click(self, column, row, button=0):
        """A mouse report as tmux' own terminal type has it (X10); 64 and 65 are the wheel."""
        def report(which):
            return "\033[M" + "".join(chr(32 + value) for value in (which, column + 1, row + 1))
        return self.type(report(button)).type(report(3))  # pressed, released

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        return self

    def text(self):
        return self._tmux("capture-pane", "-p")

    def lines(self):
        return self.text().splitlines()

    def colored(self):
        """With its escape sequences."""
        return self._tmux("capture-pane", "-e", "-p", "-N")

    def clipboard_on(self):
        """As for a user whose tmux takes what programs copy (OSC 52)."""
        self._tmux("set-option", "-s", "set-clipboard", "on")
        return self

    def clipboard(self):
        if not self._tmux("list-buffers"):
            return ""
        return self._tmux("show-buffer")

    def wait_for(self, pattern, seconds=20):
        """The text, once it shows what is looked for."""
        def shown():
            text = self.text()
            return text if re.search(pattern, text, re.MULTILINE) else None
        try:
            return wait_until(shown, repr(pattern), seconds)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; the screen is\n{self.text()}") from None

    def wait_without(self, pattern, seconds=20):
        wait_until(lambda: not re.search(pattern, self.text(), re.MULTILINE),
                   f"no more {pattern!r}", seconds)
        return self.text()

    @property
    def pid(self):
        """Of the program."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    @property
    def tty(self):
        """The device that the program draws on."""
        return self._tmux("display-message", "-p", "#{pane_tty}").strip()

    def ended_with(self, wanted):
        """Whether it has ended, with this exit status (128 + signal). tmux 3.3a does not always
        learn of the status: then any will do."""
        dead, status, signal = self._tmux(
            "display-message", "-p", "#{pane_dead},#{pane_dead_status},#{pane_dead_signal}"
        ).strip().split(",")
        if dead != "1":
            return False
        if not status and not signal:
            return True
        return wanted == (int(status) if status else 128 + int(signal))

    def runs(self):
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() != "1"

    @property
    def settings_folder(self):
        """Where the program finds and keeps its user's settings (XDG_CONFIG_HOME)."""
        return self._directory

    def close(self):
        if not os.path.exists(self._directory):
            return
        program = self.pid
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, timeout=20)
        # It may write its settings when its terminal is gone.
        wait_until(lambda: not os.path.exists(f"/proc/{program}/exe"), "the program to end", 10)
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
