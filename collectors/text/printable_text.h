// SPDX-License-Identifier: MIT
//
// Text of other people's making as a terminal or a log may get it. Titles, names of sockets and
// answers of servers may hold any bytes: what is shown must never be something that is obeyed, nor
// look like another line. The only place that decides what is visible.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// One line: visible characters as they are; control characters and bytes that are no UTF-8 as
/// \x1b; direction marks and others that nobody sees as \u202e or \U000e0001. Characters of `keep`
/// stay. A text that was made printable stays as it is.
std::string printable(std::string_view text, std::string_view keep = "");

/// The same of at most `most` bytes, cut between characters; then "…".
std::string printable_start(std::string_view text, std::size_t most);

/// Several lines of our own making, such as all errors of a file: line feeds stay.
std::string printable_lines(std::string_view text);

/// JSON, with characters that a terminal obeys or nobody sees in JSON's own escapes: the same
/// document.
std::string printable_json(std::string_view json);

/// Text between the tags of a page, or within a quoted attribute.
std::string html_escaped(std::string_view text);

/// "tierwatch: " and the text in one line: how every command tells what went wrong.
std::string told_line(std::string_view text);

/// The character that begins at text[at], and moves `at` behind it; a byte that begins none is
/// U+FFFD by itself. Longer forms than needed and surrogates begin none.
char32_t next_character(std::string_view text, std::size_t& at);

/// One character as UTF-8, added to `out`.
void append_utf8(std::string& out, char32_t character);

}  // namespace tierwatch
