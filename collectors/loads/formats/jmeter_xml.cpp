// SPDX-License-Identifier: MIT
//
// JMeter's result file as XML, by expat (its only includer), as a stream. Samples inside a sample
// are its sub-results.
#include <expat.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/jmeter_samples.h"
#include "collectors/loads/formats/jmeter_stamps.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/xml_text.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

/// A sample whose element is open. Its attributes, kept as the parser forgets them.
struct OpenSample {
  milliseconds begin{}, elapsed{};
  std::string label, message, thread, data_type, host;
  bool success = false, times = false, no_time = false, transaction = false, of_http = false,
       of_plain_element = false, has_inner = false;
  std::optional<double> bytes, all_threads;
  std::uint32_t samples = 1, failed = 0;
  milliseconds idle{};
};

std::optional<double> number_of(std::string_view text) {
  const auto value = parse_number<std::int64_t>(text);
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

/// Beyond a million it is none.
std::uint32_t count_of(std::string_view text, std::uint32_t otherwise) {
  const auto value = parse_number<std::uint32_t>(text);
  return value && *value <= 1'000'000 ? *value : otherwise;
}

/// Samplers of plugins write elements of their own names, with the attributes of all samples.
bool is_sample(std::string_view name, const XML_Char** attributes) {
  if (name == "sample" || name == "httpSample" || name == "statSample") return true;
  bool has_time = false, has_elapsed = false;
  for (; attributes[0] != nullptr; attributes += 2) {
    has_time |= std::string_view(attributes[0]) == "ts";
    has_elapsed |= std::string_view(attributes[0]) == "t";
  }
  return has_time && has_elapsed;
}

/// What one attribute says, but for times.
void take_attribute(std::string_view name, std::string_view value, OpenSample& sample) {
  if (name == "s") sample.success = value == "true";
  if (name == "lb") sample.label = value;
  if (name == "rm") sample.message = value;
  if (name == "tn") sample.thread = value;
  if (name == "dt") sample.data_type = value;
  if (name == "hn") sample.host = value;
  if (name == "by") sample.bytes = number_of(value);
  if (name == "na") sample.all_threads = number_of(value);
  if (name == "sc") sample.samples = count_of(value, 1);
  if (name == "ec") sample.failed = count_of(value, 0);
  if (name == "it") sample.idle = milliseconds(count_of(value, 0));
}

OpenSample sample_of(const XML_Char** attributes) {
  OpenSample sample;
  std::optional<std::int64_t> at, elapsed;
  for (; attributes[0] != nullptr; attributes += 2) {
    const std::string_view name = attributes[0], value = attributes[1];
    if (name == "ts") at = parse_number<std::int64_t>(value);
    if (name == "t") elapsed = parse_number<std::int64_t>(value);
    take_attribute(name, value, sample);
  }
  sample.no_time = at == 0;
  sample.times = at && elapsed && *at >= 946'684'800'000 && *at < 7'258'118'400'000 &&
                 *elapsed >= 0 && *elapsed <= 1'000'000'000;
  if (!sample.times) return sample;
  sample.begin = milliseconds(*at);
  sample.elapsed = milliseconds(*elapsed);
  sample.transaction = sample.message.starts_with("Number of samples in transaction : ");
  return sample;
}

class JmeterXml {
 public:
  explicit JmeterXml(ImportInput& input)
      : input_(input),
        ends_(stamps_are_ends(input.source.head())),
        parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
  }

  LoadSeries read() {
    LoadSeries series;
    while (!done_) {
      const std::size_t got = text_.read(buffer_.data(), buffer_.size());
      done_ = got == 0;
      fed_ += got;
      const auto status =
          XML_Parse(parser_.get(), buffer_.data(), static_cast<int>(got), done_ ? 1 : 0);
      if (failure_) std::rethrow_exception(failure_);
      if (status != XML_STATUS_OK) stop(series);
      bound_token();
    }
    input_.losses.require_most();
    if (!any_sample_ && other_elements_)
      input_.refuse("its elements have neither ts nor t: no sampler that is known here wrote them");
    samples_.write_to(series, sub_results_);
    if (ends_) series.warnings.emplace_back(kStampedAtEnds);
    if (untimed_ > 0) {
      series.warnings.push_back(std::to_string(untimed_) +
                                " samples have no time (ts is 0): they are counted at the time of "
                                "the sample before");
    }
    if (text_.replaced() > 0) {
      series.warnings.push_back(std::to_string(text_.replaced()) +
                                " characters that XML forbids, in what servers answered, were "
                                "taken as question marks");
    }
    if (text_.zeros() > 0)
      series.warnings.push_back(std::to_string(text_.zeros()) +
                                " zero bytes are left out, as a crash leaves them: samples that "
                                "were to stand there are lost");
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
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto& reader = *static_cast<JmeterXml*>(self);
    reader.guarded([&] { reader.open(name, attributes); });
  }
  static void on_end(void* self, const XML_Char*) {
    auto& reader = *static_cast<JmeterXml*>(self);
    reader.guarded([&] { reader.close(); });
  }

  /// One tag must not fill the memory: the parser keeps it until its end.
  void bound_token() const {
    constexpr std::uint64_t kLongest = 4 * 1024 * 1024;
    const XML_Index at = XML_GetCurrentByteIndex(parser_.get());
    if (at >= 0 && fed_ > static_cast<std::uint64_t>(at) + kLongest)
      input_.refuse(line(), "a tag of more than 4 MiB; is a quote opened here and never closed?");
  }

  void open(std::string_view name, const XML_Char** attributes) {
    constexpr std::size_t kDeepest = 100;
    if (samples_open_.size() == kDeepest) input_.refuse("elements nested deeper than 100");
    samples_open_.push_back(is_sample(name, attributes));
    any_sample_ |= samples_open_.back();
    other_elements_ |= !samples_open_.back() && samples_open_.size() > 1;
    if (!samples_open_.back()) return;
    const bool of_http = name == "httpSample";
    if (!open_.empty()) {
      open_.back().has_inner = true;
      // HTTP samples within another kind are what a transaction holds.
      open_.back().transaction |= of_http && open_.back().of_plain_element;
    }
    open_.push_back(sample_of(attributes));
    open_.back().of_http = of_http;
    open_.back().of_plain_element = name == "sample";
  }

  /// A transaction's own samples are requests; a request's are its sub-results.
  void close() {
    const bool of_sample = samples_open_.back();
    samples_open_.pop_back();
    if (of_sample) input_.row([&] { close_sample(); });
  }

  void close_sample() {
    OpenSample sample = std::move(open_.back());
    open_.pop_back();
    for (const OpenSample& outer : open_) {
      if (outer.transaction) continue;
      ++sub_results_;
      return;
    }
    if (sample.no_time && last_time_) {  // it failed before it was sent
      sample.begin = *last_time_;
      sample.times = true;
      ++untimed_;
    }
    if (!sample.times)
      input_.refuse(line(), "a sample without ts and t in milliseconds since 1970, not negative");
    if (!sample.no_time) last_time_ = sample.begin;
    if (ends_ && !sample.no_time) sample.begin -= sample.elapsed;
    const JmeterSample told{.begin = sample.begin,
                            .elapsed = sample.elapsed,
                            .idle = sample.idle,
                            .label = sample.label,
                            .message = sample.message,
                            .thread = sample.thread,
                            .data_type = sample.transaction ? std::string_view() : sample.data_type,
                            .host = sample.host,
                            .success = sample.success,
                            .timed = !sample.no_time,
                            .bytes = sample.bytes,
                            .all_threads = sample.all_threads,
                            .samples = std::max(1u, sample.samples),
                            .failed_samples = std::min(sample.failed, sample.samples),
                            .may_be_transaction = !sample.of_http && sample.data_type.empty(),
                            .sums_up = sample.transaction && sample.has_inner};
    try {
      if (const char* problem = samples_.add(told))
        input_.refuse(line(), std::string("this sample cannot be right: ") + problem);
    } catch (const TooManyInjectors& limit) {
      input_.refuse("more than " + std::to_string(limit.most) +
                    " load generators in it, by hn or the names of threads; if these are no names "
                    "of machines, remove the attribute na");
    }
  }

  ImportInput& input_;
  bool ends_;  ///< times are those of ends
  bool any_sample_ = false, other_elements_ = false;
  XmlText text_{input_.source};
  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  std::array<char, 64 * 1024> buffer_;
  std::vector<OpenSample> open_;
  std::vector<bool> samples_open_;  ///< of each open element, whether it is a sample
  std::uint64_t fed_ = 0, untimed_ = 0;
  std::optional<milliseconds> last_time_;
  std::exception_ptr failure_;
  bool done_ = false;
  std::uint64_t sub_results_ = 0;
  JmeterSamples samples_;
};

bool looks_like_jmeter_xml(std::string_view head) {
  const std::string_view begin = head.substr(0, 1024);
  return begin.starts_with('<') && begin.find("<testResults") != begin.npos;
}

LoadSeries read_jmeter_xml(ImportInput& input) { return JmeterXml(input).read(); }

}  // namespace

const LoadFormat kJmeterXml{"jmeter", "XML", looks_like_jmeter_xml, read_jmeter_xml};

}  // namespace tierwatch
