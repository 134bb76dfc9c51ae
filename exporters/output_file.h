// SPDX-License-Identifier: MIT
//
// Files that a command writes where a user said. Directories may be open to others: nothing that
// somebody else put there is followed, emptied or filled.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace tierwatch {

/// Replaces what is in `path` as a whole, or makes it; devices, pipes and the user's own links are
/// written to as they are. One that could not be written whole is removed where it was not there
/// before. Refuses links, pipes and devices of other users, and their files in
/// directories where everybody may write. Throws std::runtime_error.
void write_output_file(const std::filesystem::path& path, std::string_view text);

/// Throws std::runtime_error when a file that is to be written is one of those that are read, or
/// when two of them are one, by whatever name: the first would be lost.
void refuse_overwriting(std::span<const std::filesystem::path> outputs,
                        std::span<const std::filesystem::path> inputs);

/// Makes a file that only its user may read, mode 0600, that was not there before. One that could
/// not be written whole is removed. Throws std::runtime_error.
void write_new_file(const std::filesystem::path& path, std::string_view text);

/// Makes an empty file for a database, mode 0640, that was not there before; nor may be the files
/// that SQLite will keep beside it. Throws std::runtime_error.
void create_database_file(const std::filesystem::path& path);

}  // namespace tierwatch
