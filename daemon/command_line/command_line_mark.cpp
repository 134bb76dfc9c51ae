// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "collectors/text/plain_words.h"
#include "daemon/command_line/command_line_parts.h"
#include "daemon/service/mark_socket.h"

namespace tierwatch {

Subcommand mark_subcommand(CLI::App& app) {
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = add_command(
      app, "mark", "put a note on the time axis of the run under way and of the daemon's history");
  command->add_option("TEXT", *words, "the note; several words are joined")
      ->required()
      ->type_name("");
  return {command, [words]() -> CommandLine {
            const std::string note = joined(*words, " ");
            if (note.empty()) throw BadUsage("the note is empty");
            if (note.size() > kMarkBytes)
              throw BadUsage("the note has " + std::to_string(note.size()) + " bytes; " +
                             std::to_string(kMarkBytes) + " are the most");
            return MarkOptions{.text = note};
          }};
}

}  // namespace tierwatch
