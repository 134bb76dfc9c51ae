#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the completions of bash, zsh and fish from what `tierwatch COMMAND --help` says, so that they know every option. Run at an install
(scripts/cmake/TierwatchInstall.cmake).

usage: completions.py TIERWATCH FOLDER     writes tierwatch.bash, _tierwatch and tierwatch.fish
"""

import re
import subprocess
import sys
from pathlib import Path

FILES = {"FILE", "PATH", "RUN", "FORMAT:FILE"}  # values that name a file


class Option:
    def __init__(self, names, value, about):
        self.names, self.about = names, about
        self.choices = re.search(r"\{(.*)\}", value)[1].split(",") if "{" in value else []
        self.word = re.split(r"[:\s{]", value)[0] if value else ""
        self.files = bool(FILES & {self.word, value.split()[0] if value else ""})

    @property
    def takes_value(self):
        return bool(self.word)


class Command:
    def __init__(self, name, about, options, files):
        self.name, self.about, self.options, self.files = name, about, options, files


def help_of(program, *arguments):
    return subprocess.run([program, *arguments, "--help"], check=True, capture_output=True, text=True).stdout


def options_in(text):
    """CLI11 puts the description into a column of its own, on the next line where the option is long."""
    for match in re.finditer(r"^  (-\S+)(?: (\S.*?))?(?:  +|\n {20,})(\S.*)$", text, re.MULTILINE):
        yield Option(match[1].split(","), match[2] or "", match[3])


def commands_of(program):
    listed = help_of(program).partition("Subcommands:\n")[2].partition("\n\n")[0]
    for name, about in re.findall(r"^  (\S+) +(\S.*)$", listed, re.MULTILINE):
        text = help_of(program, name)
        files = re.search(r"^  (RUN|FILE)\b", text.partition("Options:")[0], re.MULTILINE)
        yield Command(name, about, list(options_in(text)), bool(files))


HEAD = "# From the program's --help (scripts/lib/completions.py).\n"


def bash(commands):
    names = " ".join(command.name for command in commands)
    cases = values = ""
    for command in commands:
        words = " ".join(name for option in command.options for name in option.names)
        rest = "compgen -f" if command.files else "true"
        cases += f'    {command.name}) words="{words}" rest="{rest}" ;;\n'
        for option in command.options:
            if not option.takes_value:
                continue
            names_of = " | ".join(f"{command.name}:{name}" for name in option.names)
            answer = f"compgen -W '{' '.join(option.choices)}'" if option.choices else (
                "compgen -f" if option.files else "true")
            values += f'    {names_of}) COMPREPLY=($({answer} -- "$current")); return ;;\n'
    return HEAD + f"""_tierwatch() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}} words rest
  compopt -o filenames 2>/dev/null
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '{names} help --help --version' -- "$current"))
    return
  fi
  case $command:$previous in
{values}  esac
  case $command in
{cases}    help) COMPREPLY=($(compgen -W '{names}' -- "$current")); return ;;
    *) return ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($($rest -- "$current"))
  fi
}}
complete -F _tierwatch tierwatch
"""


def zsh_text(text):
    return re.sub(r"([\[\]:'\\])", lambda m: "'\\''" if m[0] == "'" else "\\" + m[0], text)


def zsh(commands):
    listed = "".join(f"    '{command.name}:{zsh_text(command.about)}'\n" for command in commands)
    cases = ""
    for command in commands:
        lines = []
        for option in command.options:
            about = f"[{zsh_text(option.about)}]"
            action = ""
            if option.takes_value:
                kind = f"({' '.join(option.choices)})" if option.choices else ("_files" if option.files else " ")
                action = f":{option.word.lower()}:{kind}"
            lines += [f"'*{name}{about}{action}'" for name in option.names]
        if command.files:
            lines.append("'*:file:_files'")
        if command.name == "record":
            lines.append("'*::command:_normal'")
        cases += f"    {command.name})\n      _arguments \\\n        " + " \\\n        ".join(lines) + "\n      ;;\n"
    return "#compdef tierwatch\n" + HEAD + f"""
_tierwatch() {{
  local -a commands=(
{listed}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{cases}    help) _describe command commands ;;
  esac
}}

_tierwatch "$@"
"""


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(commands):
    text = HEAD + "complete -c tierwatch -f\n"
    for command in commands:
        text += f"complete -c tierwatch -n __fish_use_subcommand -a {command.name} -d {fish_text(command.about)}\n"
    for command in commands:
        when = f"-n '__fish_seen_subcommand_from {command.name}'"
        if command.files or command.name == "record":
            text += f"complete -c tierwatch {when} -F\n"
        for option in command.options:
            names = ""
            for name in option.names:
                kind = "-l" if name.startswith("--") else "-s"
                names += f" {kind} {name.lstrip('-')}"
            value = ""
            if option.choices:
                value = f" -x -a {fish_text(' '.join(option.choices))}"
            elif option.takes_value:
                value = " -r -F" if option.files else " -x"
            text += f"complete -c tierwatch {when}{names}{value} -d {fish_text(option.about)}\n"
    return text


def main():
    program, folder = sys.argv[1:]
    commands = list(commands_of(program))
    for name, writer in (("tierwatch.bash", bash), ("_tierwatch", zsh), ("tierwatch.fish", fish)):
        (Path(folder) / name).write_text(writer(commands), encoding="utf-8")


if __name__ == "__main__":
    main()
