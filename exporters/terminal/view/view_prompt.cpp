// SPDX-License-Identifier: MIT
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/terminal/view/view_step.h"

#include <algorithm>

namespace tierwatch {
namespace {

constexpr std::size_t kLongestPrompt = 256, kLongestPath = 4096;

/// Of the moment that is shown. A host's name may hold any bytes.
std::string file_name(const Scene& scene) {
  std::string name = "tierwatch";
  if (!scene.snapshot) return name + ".txt";
  std::string host = scene.snapshot->hostname.substr(0, 64);
  std::erase_if(host, [](char c) {
    return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
           c != '-';
  });
  if (!host.empty()) name += "-" + host;
  return name + local_time(scene.snapshot->at.wall, "-%Y%m%d-%H%M%S") + ".txt";
}

/// The same name, of the other kind of file.
std::string other_kind(const std::string& file) {
  const bool json = file.ends_with(".json");
  const std::string stem = json                     ? file.substr(0, file.size() - 5)
                           : file.ends_with(".txt") ? file.substr(0, file.size() - 4)
                                                    : file;
  return stem + (json ? ".txt" : ".json");
}

}  // namespace

void remove_last_character(std::string& utf8) {
  while (!utf8.empty() && (static_cast<unsigned char>(utf8.back()) & 0xC0) == 0x80) utf8.pop_back();
  if (!utf8.empty()) utf8.pop_back();
}

void Step::open_prompt(Prompt prompt) {
  state_.prompt = prompt;
  state_.bad_moment = false;
  if (prompt == Prompt::kMoment) return state_.moment.clear();
  if (prompt == Prompt::kWrite) return void(state_.file = file_name(scene_));
  std::string& text = prompt == Prompt::kSearch ? state_.search : state_.filter;
  state_.before_prompt = text;
  if (prompt == Prompt::kSearch) text.clear();
}

/// A moment that is none stays to be put right.
void Step::type_moment(const Event& event) {
  if (event.input == Input::kText) {
    if (state_.moment.size() < kLongestPrompt) append_utf8(state_.moment, event.text);
    state_.bad_moment = false;
  } else if (event.input == Input::kBackspace) {
    remove_last_character(state_.moment);
    state_.bad_moment = false;
  } else if (event.input == Input::kEscape ||
             (event.input == Input::kEnter && state_.moment.empty())) {
    state_.prompt = Prompt::kNone;
  } else if (event.input == Input::kEnter) {
    const auto to = scene_.moment_of ? scene_.moment_of(state_.moment) : std::nullopt;
    state_.bad_moment = !to;
    if (!to) return;
    state_.prompt = Prompt::kNone;
    move_to({.step = TimeStep::kTo, .to = *to});
  }
}

void Step::type_file(const Event& event) {
  if (event.input == Input::kText) {
    if (state_.file.size() < kLongestPath) append_utf8(state_.file, event.text);
  } else if (event.input == Input::kBackspace) {
    remove_last_character(state_.file);
  } else if (event.input == Input::kTab) {
    state_.file = other_kind(state_.file);
  } else if (event.input == Input::kEscape || event.input == Input::kEnter) {
    state_.prompt = Prompt::kNone;
    if (event.input == Input::kEscape || state_.file.empty()) return;
    state_.errand = {.errand = Errand::kWrite, .text = state_.file};
    ++state_.errands;
  }
}

void Step::type(const Event& event) {
  if (state_.prompt == Prompt::kWrite) return type_file(event);
  if (state_.prompt == Prompt::kMoment) return type_moment(event);
  if (state_.prompt == Prompt::kColumn) return type_column(event);
  const bool search = state_.prompt == Prompt::kSearch;
  std::string& text = search ? state_.search : state_.filter;
  switch (event.input) {
    case Input::kText:
      if (text.size() < kLongestPrompt) append_utf8(text, event.text);
      if (search) find(state_.row);
      return;
    case Input::kBackspace:
      remove_last_character(text);
      if (search) find(state_.row);
      return;
    case Input::kF3:
      if (search) find(state_.row + 1);
      return;
    case Input::kEscape:
      text = search ? state_.before_prompt : "";  // htop's F4 clears
      state_.prompt = Prompt::kNone;
      return;
    case Input::kEnter:
    case Input::kF4:
      state_.prompt = Prompt::kNone;
      return;
    case Input::kNewData:
    case Input::kRedraw:
      return;
    default:
      return act_on_list(action_of(event));
  }
}

/// Goes to the first row from there on, round the end, that matches the search, and stays with that
/// process.
void Step::find(int from) {
  const auto list = rows();
  if (state_.search.empty() || list.empty()) return;
  const auto count = list.size();
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t at = (static_cast<std::size_t>(std::max(0, from)) + step) % count;
    if (!process_matches(*snapshot(), snapshot()->processes[list[at].process], state_.search))
      continue;
    state_.row = static_cast<int>(at);
    state_.selected = snapshot()->processes[list[at].process].reading.id;
    state_.follow = true;  // rows change places with each sample
    return;
  }
}

}  // namespace tierwatch
