// SPDX-License-Identifier: MIT
//
// JMeter's result file as XML, by expat (its only includer), as a stream. Samples inside a sample
// are its sub-results.
#include <expat.h>

#include <array>
#include <exception>
#include <memory>

#include "exporters/load_import/formats.h"
#include "exporters/load_import/jmeter_samples.h"
#include "exporters/load_import/number_text.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

/// A sample whose element is open. Its attributes, kept as the parser forgets them.
struct OpenSample {
  milliseconds begin{}, elapsed{};
  std::string label, message, thread, data_type, host;
  bool success = false, times = false, transaction = false;
  std::optional<double> bytes, all_threads;
};

std::optional<double> number_of(std::string_view text) {
  const auto value = parse_number<std::int64_t>(text);
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

OpenSample sample_of(const XML_Char** attributes) {
  OpenSample sample;
  std::optional<std::int64_t> at, elapsed;
  for (; attributes[0] != nullptr; attributes += 2) {
    const std::string_view name = attributes[0], value = attributes[1];
    if (name == "ts") at = parse_number<std::int64_t>(value);
    if (name == "t") elapsed = parse_number<std::int64_t>(value);
    if (name == "s") sample.success = value == "true";
    if (name == "lb") sample.label = value;
    if (name == "rm") sample.message = value;
    if (name == "tn") sample.thread = value;
    if (name == "dt") sample.data_type = value;
    if (name == "hn") sample.host = value;
    if (name == "by") sample.bytes = number_of(value);
    if (name == "na") sample.all_threads = number_of(value);
  }
  sample.times = at && elapsed && *at >= 0 && *at < 8'000'000'000'000 && *elapsed >= 0 &&
                 *elapsed <= 1'000'000'000;
  if (!sample.times) return sample;
  sample.begin = milliseconds(*at);
  sample.elapsed = milliseconds(*elapsed);
  sample.transaction = sample.message.starts_with("Number of samples in transaction : ");
  return sample;
}

class JmeterXml {
 public:
  explicit JmeterXml(ImportInput& input) : input_(input), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
  }

  LoadSeries read() {
    LoadSeries series;
    while (!done_) {
      const std::size_t got = input_.source.read(buffer_.data(), buffer_.size());
      done_ = got == 0;
      const auto status =
          XML_Parse(parser_.get(), buffer_.data(), static_cast<int>(got), done_ ? 1 : 0);
      if (failure_) std::rethrow_exception(failure_);
      if (status != XML_STATUS_OK) stop(series);
    }
    samples_.write_to(series, sub_results_);
    return series;
  }

 private:
  struct FreeParser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
  };

  std::uint64_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }

  /// At the end of a file that is cut, what is open is left out; a fault before is one.
  void stop(LoadSeries& series) {
    if (!done_) {
      input_.refuse(line(), std::string("not XML: ") +
                                XML_ErrorString(XML_GetErrorCode(parser_.get())) +
                                "; is the file joined from several?");
    }
    series.warnings.push_back("the file ends on line " + std::to_string(line()) +
                              " without its last tag: it is still being written, or was cut");
  }

  // The parser is C: an exception waits until it has returned.
  template <typename Action>
  void guarded(const Action& action) {
    if (failure_) return;
    try {
      action();
    } catch (...) {
      failure_ = std::current_exception();
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }
  static bool is_sample(std::string_view name) { return name == "sample" || name == "httpSample"; }
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto& reader = *static_cast<JmeterXml*>(self);
    if (is_sample(name)) reader.guarded([&] { reader.open(attributes); });
  }
  static void on_end(void* self, const XML_Char* name) {
    auto& reader = *static_cast<JmeterXml*>(self);
    if (is_sample(name)) reader.guarded([&] { reader.close(); });
  }

  void open(const XML_Char** attributes) {
    constexpr std::size_t kDeepest = 100;
    open_.push_back(sample_of(attributes));
    if (!open_.back().times)
      input_.refuse(line(), "a sample without ts and t in milliseconds, not negative");
    if (open_.size() > kDeepest) input_.refuse(line(), "samples nested too deep");
  }

  /// A transaction's own samples are requests; a request's are its sub-results.
  void close() {
    const OpenSample sample = std::move(open_.back());
    open_.pop_back();
    for (const OpenSample& outer : open_) {
      if (outer.transaction) continue;
      ++sub_results_;
      return;
    }
    const JmeterSample told{.begin = sample.begin,
                            .elapsed = sample.elapsed,
                            .label = sample.label,
                            .message = sample.message,
                            .thread = sample.thread,
                            .data_type = sample.transaction ? "" : sample.data_type,
                            .host = sample.host,
                            .success = sample.success,
                            .bytes = sample.bytes,
                            .all_threads = sample.all_threads};
    if (const char* problem = samples_.add(told)) {
      input_.refuse(line(), std::string("this sample cannot be right: ") + problem +
                                "; remove it, or what belongs to another run");
    }
  }

  ImportInput& input_;
  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  std::array<char, 64 * 1024> buffer_;
  std::vector<OpenSample> open_;
  std::exception_ptr failure_;
  bool done_ = false;
  std::uint64_t sub_results_ = 0;
  JmeterSamples samples_;
};

}  // namespace

bool looks_like_jmeter_xml(std::string_view head) {
  const std::string_view begin = head.substr(0, 1024);
  return begin.starts_with('<') && begin.find("<testResults") != begin.npos;
}

LoadSeries read_jmeter_xml(ImportInput& input) { return JmeterXml(input).read(); }

}  // namespace tierwatch
