// SPDX-License-Identifier: MIT
#include "exporters/snapshot_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "exporters/snapshot_fields.h"
#include "exporters/snapshot_json_table.h"
#include "exporters/verdict_fields.h"

namespace tierwatch {
namespace {

using nlohmann::ordered_json;
using WallTime = std::chrono::system_clock::time_point;

/// FaultCounts as a list: JSON has no pairs for keys.
struct FaultCount {
  std::string file;
  Fault reason{};
  std::uint64_t count = 0;
};

template <typename Io>
void fields(Io& io, EitherWay<FaultCount> auto& fault) {
  io("file", fault.file);
  io("reason", fault.reason);
  io("count", fault.count);
}

/// The same for time by tier and resource.
struct SaturatedTime {
  TierResource what;
  double seconds = 0;
};

template <typename Io>
void fields(Io& io, EitherWay<SaturatedTime> auto& time) {
  fields(io, time.what);
  io("seconds", time.seconds);
}

/// Whole and broken seconds apart: their nanoseconds together are more than a double holds.
double to_seconds(nanoseconds time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return static_cast<double>(whole.count()) + static_cast<double>((time - whole).count()) / 1e9;
}

/// A double holds nanoseconds exactly up to 26 days; beyond, rounding to microseconds gives back
/// what was meant.
nanoseconds to_nanoseconds(double seconds) {
  constexpr double kExact = 26 * 86400;
  const double whole = std::floor(seconds);
  const double broken = seconds - whole;
  const auto rest = std::abs(seconds) < kExact
                        ? nanoseconds(std::llround(broken * 1e9))
                        : nanoseconds(std::chrono::microseconds(std::llround(broken * 1e6)));
  return std::chrono::seconds(static_cast<std::int64_t>(whole)) + rest;
}

// ---- writing

class Writer {
 public:
  explicit Writer(ordered_json& object) : object_(object) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    object_[name] = json(value);
  }
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) object_[name] = json(*value);
  }
  /// Absent is said: null.
  template <typename T>
  void nullable(const char* name, const std::optional<T>& value) {
    object_[name] = json(value);
  }

 private:
  static ordered_json json(const std::string& text) { return text; }
  static ordered_json json(bool truth) { return truth; }
  static ordered_json json(char letter) { return std::string(1, letter); }
  static ordered_json json(nanoseconds time) { return to_seconds(time); }
  static ordered_json json(CpuTimes::Time time) {
    return std::chrono::duration<double>(time).count();
  }
  static ordered_json json(WallTime time) { return to_seconds(time.time_since_epoch()); }
  template <typename T>
  requires std::is_enum_v<T>
  static ordered_json json(T value) { return enum_name(value); }
  template <typename T>
  requires std::integral<T> || std::floating_point<T>
  static ordered_json json(T number) { return number; }
  template <typename T>
  static ordered_json json(const std::optional<T>& value) {
    return value ? json(*value) : ordered_json(nullptr);
  }
  template <typename T>
  static ordered_json json(const std::vector<T>& list) {
    ordered_json array = ordered_json::array();
    for (const T& item : list) array.push_back(json(item));
    return array;
  }
  template <typename T>
  requires std::is_class_v<T>
  static ordered_json json(const T& value) {
    ordered_json object = ordered_json::object();
    Writer writer(object);
    fields(writer, value);
    return object;
  }

  ordered_json& object_;
};

// ---- reading

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw std::invalid_argument("snapshot: " + where + ": " + what);
}

void expect(bool holds, const std::string& where, const char* what, const ordered_json& found) {
  if (!holds) refuse(where, "expected " + std::string(what) + ", found " + found.type_name());
}

class Reader {
 public:
  Reader(const ordered_json& object, std::string where)
      : object_(object), where_(std::move(where)) {}

  /// Absent fields stay as they are: older writers did not know them.
  template <typename T>
  void operator()(const char* name, T& value) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    read(*found, where_.empty() ? name : where_ + "." + name, value);
  }
  template <typename T>
  void nullable(const char* name, std::optional<T>& value) {
    (*this)(name, value);
  }

 private:
  static void read(const ordered_json& in, const std::string& where, std::string& text) {
    expect(in.is_string(), where, "a string", in);
    text = in.get<std::string>();
  }
  static void read(const ordered_json& in, const std::string& where, bool& truth) {
    expect(in.is_boolean(), where, "true or false", in);
    truth = in.get<bool>();
  }
  static void read(const ordered_json& in, const std::string& where, char& letter) {
    expect(in.is_string() && in.get_ref<const std::string&>().size() == 1, where, "one letter", in);
    letter = in.get_ref<const std::string&>()[0];
  }
  static void read(const ordered_json& in, const std::string& where, double& number) {
    expect(in.is_number(), where, "a number", in);
    number = in.get<double>();
  }
  static void read(const ordered_json& in, const std::string& where, nanoseconds& time) {
    double seconds = 0;
    read(in, where, seconds);
    if (!(std::abs(seconds) < 9e9)) refuse(where, "no time that fits");
    time = to_nanoseconds(seconds);
  }
  static void read(const ordered_json& in, const std::string& where, CpuTimes::Time& time) {
    double seconds = 0;
    read(in, where, seconds);
    if (!(std::abs(seconds) < 9e12)) refuse(where, "no time that fits");
    time = CpuTimes::Time(std::llround(seconds * 1e6));
  }
  static void read(const ordered_json& in, const std::string& where, WallTime& time) {
    nanoseconds since_epoch{};
    read(in, where, since_epoch);
    time = WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
  }
  template <typename T>
  requires std::is_enum_v<T>
  static void read(const ordered_json& in, const std::string& where, T& value) {
    std::string name;
    read(in, where, name);
    const auto known = enum_value<T>(name);
    if (!known) refuse(where, "unknown word \"" + name + "\"");
    value = *known;
  }
  template <std::integral T>
  static void read(const ordered_json& in, const std::string& where, T& number) {
    expect(in.is_number_integer(), where, "a whole number", in);
    const bool fits = in.is_number_unsigned() ? std::in_range<T>(in.get<std::uint64_t>())
                                              : std::in_range<T>(in.get<std::int64_t>());
    if (!fits) refuse(where, "the number does not fit");
    number = in.get<T>();
  }
  template <typename T>
  static void read(const ordered_json& in, const std::string& where, std::optional<T>& value) {
    if (in.is_null()) return;
    read(in, where, value.emplace());
  }
  template <typename T>
  static void read(const ordered_json& in, const std::string& where, std::vector<T>& list) {
    expect(in.is_array(), where, "a list", in);
    list.resize(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      read(in[i], where + "[" + std::to_string(i) + "]", list[i]);
    }
  }
  template <typename T>
  requires std::is_class_v<T>
  static void read(const ordered_json& in, const std::string& where, T& value) {
    expect(in.is_object(), where, "an object", in);
    Reader reader(in, where);
    fields(reader, value);
  }

  const ordered_json& object_;
  std::string where_;
};

void check_version(const ordered_json& document) {
  expect(document.is_object(), "document", "an object", document);
  int version = 0;
  Reader(document, "")("format_version", version);
  if (version == kSnapshotFormatVersion) return;
  refuse("format_version", "expected " + std::to_string(kSnapshotFormatVersion) + ", found " +
                               (version == 0 ? "none" : std::to_string(version)));
}

ordered_json parse(std::string_view text) {
  try {
    return ordered_json::parse(text);
  } catch (const ordered_json::parse_error& error) {
    throw std::invalid_argument(std::string("snapshot: not JSON: ") + error.what());
  }
}

void write_processes(ordered_json& document, Writer& writer, const Snapshot& snapshot,
                     const JsonOptions& options) {
  if (!options.process_table) return writer("processes", snapshot.processes);
  document["process_table"] = process_table(snapshot.processes);
  if (options.in_full == 0) return;
  std::vector<ProcessSample> asked_for;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.reading.id.pid == options.in_full) asked_for.push_back(process);
  }
  writer("processes", asked_for);
}

/// Those of the table, if there is one, each replaced by what is told of it in full.
void read_processes(const ordered_json& document, Reader& reader, Snapshot& snapshot) {
  reader("processes", snapshot.processes);
  const auto table = document.find("process_table");
  if (table == document.end()) return;
  std::vector<ProcessSample> in_full = std::move(snapshot.processes);
  snapshot.processes = read_process_table(*table);
  for (ProcessSample& process : in_full) {
    const auto row = std::find_if(
        snapshot.processes.begin(), snapshot.processes.end(),
        [&](const ProcessSample& one) { return one.reading.id.pid == process.reading.id.pid; });
    if (row != snapshot.processes.end()) *row = std::move(process);
  }
}

}  // namespace

std::string to_json(const Snapshot& snapshot, const JsonOptions& options) {
  ordered_json document = ordered_json::object();
  Writer writer(document);
  writer("format_version", kSnapshotFormatVersion);
  fields(writer, snapshot);
  std::vector<FaultCount> faults;
  for (const auto& [where, count] : snapshot.faults) {
    faults.push_back({where.first, where.second, count});
  }
  writer("faults", faults);
  std::vector<SaturatedTime> saturated;
  for (const auto& [what, seconds] : snapshot.saturated_seconds)
    saturated.push_back({what, seconds});
  writer("saturated_seconds", saturated);
  if (options.processes) write_processes(document, writer, snapshot, options);
  // Names of processes may be any bytes; JSON is UTF-8, so others become U+FFFD.
  return document.dump(options.indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string verdict_json(const Snapshot& snapshot, int indent) {
  ordered_json document = ordered_json::object();
  Writer writer(document);
  writer("hostname", snapshot.hostname);
  writer("at", snapshot.at);
  fields(writer, snapshot.verdict);
  return document.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

Snapshot snapshot_from_json(std::string_view text) {
  const ordered_json document = parse(text);
  check_version(document);
  if (!document.contains("tiers")) refuse("tiers", "missing");
  Snapshot snapshot;
  Reader reader(document, "");
  fields(reader, snapshot);
  read_processes(document, reader, snapshot);
  std::vector<FaultCount> faults;
  reader("faults", faults);
  for (FaultCount& fault : faults) {
    snapshot.faults[{std::move(fault.file), fault.reason}] = fault.count;
  }
  std::vector<SaturatedTime> saturated;
  reader("saturated_seconds", saturated);
  for (SaturatedTime& time : saturated)
    snapshot.saturated_seconds[std::move(time.what)] = time.seconds;
  return snapshot;
}

}  // namespace tierwatch
