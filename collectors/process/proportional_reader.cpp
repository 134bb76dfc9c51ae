// SPDX-License-Identifier: MIT
#include "collectors/process/proportional_reader.h"

#include <string>

#include "collectors/parse/proc_text_process.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostText = 1u << 16;

ProportionalReader::Answer read_pss(const ProcFs& files, const ProcessId& process) {
  std::string buffer;
  const FileText text = files.read(process_path(process.pid, "smaps_rollup"), buffer, kMostText);
  if (!text) return {.process = process, .bytes = {}, .fault = text.fault};
  const auto bytes = parse_smaps_rollup_pss(text.text);
  return {.process = process,
          .bytes = bytes,
          .fault = bytes ? std::nullopt : std::optional(Fault::kMalformed)};
}

}  // namespace

std::vector<ProportionalReader::Answer> ProportionalReader::take(nanoseconds now) {
  if (!side_) return {};
  const auto busy = side_->reading();
  if (busy != busy_) busy_since_ = now;
  busy_ = busy;
  auto answers = side_->take();
  if (!busy_ || now - busy_since_ < kPatience) return answers;
  stuck_.insert(*busy_);
  busy_.reset();
  side_->leave();
  side_ = stuck_.size() < kMostStuck ? std::make_unique<Side>() : nullptr;
  return answers;
}

void ProportionalReader::ask(const ProcessId& process) {
  if (!side_ || stuck_.contains(process)) return;
  side_->add({process, [files = files_, process] { return read_pss(files, process); }});
}

}  // namespace tierwatch
