// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/servers/server.h"
#include "collectors/text/text_scan.h"

namespace tierwatch::servers {

namespace {

constexpr std::string_view kNumbers[] = {"maxrequestworkers", "maxclients", "serverlimit",
                                         "threadsperchild", "threadlimit"};

/// Where a program looks that is told nothing: what it was compiled with.
struct Layout {
  std::string program, root, file;
};
const Layout kLayouts[] = {
    {"/usr/sbin/apache2", "/etc/apache2", "apache2.conf"},
    {"/usr/sbin/httpd", "/etc/httpd", "conf/httpd.conf"},
    {"/usr/sbin/httpd", "/var/www", "/etc/apache2/httpd.conf"},  // Alpine
    {"/usr/local/apache2/bin/httpd", "/usr/local/apache2", "conf/httpd.conf"}};

/// What its command line says (main.c, process_command_config()).
struct Options {
  std::string program;
  std::optional<std::string> root, file;
  std::map<std::string, std::string> defines;
  bool sets_directives = false;  ///< -c, -C: with quotes that the title has lost
};

Options options_of_title(std::string_view title) {
  Options options{.program = std::string(take_field(title))};
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word.size() < 2 || word[0] != '-' || std::string_view("dfDcC").find(word[1]) > 4) continue;
    const std::string value(word.size() > 2 ? word.substr(2) : take_field(title));
    if (word[1] == 'd') options.root = value;
    if (word[1] == 'f') options.file = value;
    if (word[1] == 'D') options.defines[value];
    options.sets_directives = options.sets_directives || word[1] == 'c' || word[1] == 'C';
  }
  return options;
}

/// Whether a section of the configuration counts: maybe where it hangs on what is not known.
enum class Truth { kNo, kMaybe, kYes };

/// Reads the files as Apache does: in order, each include where it stands.
class PoolReader {
 public:
  PoolReader(ForeignFiles& files, std::string root, std::map<std::string, std::string> defines)
      : files_(files), root_(std::move(root)), defines_(std::move(defines)) {}

  void read(std::string_view text, int depth = 0, Truth outer = Truth::kYes) {
    std::vector<Truth> sections{outer};
    while (!text.empty()) {
      const std::string line = take_line(text);
      std::string_view rest = trim_blanks(line);
      if (rest.empty() || rest.starts_with('#')) continue;
      if (rest.starts_with("</")) {
        if (sections.size() > 1) sections.pop_back();
      } else if (rest.starts_with('<')) {
        sections.push_back(std::min(sections.back(), section(rest.substr(1))));
      } else if (sections.back() != Truth::kNo) {
        const std::string name = lower_case(take_field(rest));
        directive(name, trim_blanks(rest), sections.back(), depth);
      }
    }
  }

  /// Requests that may be served at a time.
  std::optional<std::uint64_t> pool_size() const {
    if (unsure_ || mpm_.empty()) return std::nullopt;
    // Defaults: prefork.c, worker.c, event.c.
    const bool threads = mpm_ != "prefork";
    const auto each =
        threads ? std::min(value("threadsperchild", 25), value("threadlimit", 64)) : 1;
    const auto most = value("maxrequestworkers", threads ? 400 : 256);
    const auto processes = std::min(most / each, value("serverlimit", threads ? 16 : 256));
    return std::max<std::uint64_t>(processes, 1) * each;
  }

  std::optional<bool> parks_connections() const {
    return unsure_ || mpm_.empty() ? std::nullopt : std::optional(mpm_ == "event");
  }

 private:
  /// A backslash at its end joins a line to the next.
  static std::string take_line(std::string_view& text) {
    std::string line;
    while (true) {
      std::string_view part = take_until(text, '\n');
      if (part.ends_with('\r')) part.remove_suffix(1);
      line += part;
      if (!line.ends_with('\\') || text.empty()) return line;
      line.pop_back();
    }
  }

  static std::string_view unquoted(std::string_view word) {
    if (word.size() < 2 || (word.front() != '"' && word.front() != '\'')) return word;
    return word.substr(1, word.find(word.front(), 1) - 1);
  }

  /// `rest` is what follows "<". Pool directives stand outside of all others but these.
  Truth section(std::string_view rest) const {
    rest = rest.substr(0, rest.rfind('>'));
    const std::string name = lower_case(take_field(rest));
    std::string_view what = unquoted(trim_blanks(rest));
    const bool negated = what.starts_with('!');
    if (negated) what = unquoted(trim_blanks(what.substr(1)));
    Truth truth = Truth::kNo;
    if (name == "ifmodule") {
      truth = has_module(std::string(what));
    } else if (name == "ifdefine") {
      truth = defines_.contains(std::string(what)) ? Truth::kYes : Truth::kNo;
    } else {
      return name.starts_with("if") && name != "if" ? Truth::kMaybe : Truth::kNo;
    }
    if (!negated || truth == Truth::kMaybe) return truth;
    return truth == Truth::kYes ? Truth::kNo : Truth::kYes;
  }

  /// By its name ("mpm_event_module") or that of its source ("event.c", "mod_ssl.c"). One that no
  /// line loads may be built in; of the MPM there is one only.
  Truth has_module(const std::string& name) const {
    if (modules_.contains(name)) return Truth::kYes;
    for (const char* mpm : {"prefork", "worker", "event"})
      if (name == std::string("mpm_") + mpm + "_module" || name == std::string(mpm) + ".c")
        return mpm_.empty() ? Truth::kMaybe : mpm_ == mpm ? Truth::kYes : Truth::kNo;
    return Truth::kMaybe;
  }

  void directive(const std::string& name, std::string_view rest, Truth truth, int depth) {
    const bool optional = name == "includeoptional";
    if (optional || name == "include") {
      include(std::string(unquoted(rest)), optional, truth, depth);
    } else if (std::ranges::find(kNumbers, name) != std::end(kNumbers)) {
      const auto number = to_number<std::uint64_t>(unquoted(take_field(rest)));
      unsure_ = unsure_ || !number || truth == Truth::kMaybe;
      numbers_[name == "maxclients" ? "maxrequestworkers" : name] = number.value_or(0);
    } else if (name == "loadmodule") {
      load(take_field(rest), unquoted(trim_blanks(rest)), truth);
    } else if (truth == Truth::kYes && name == "serverroot") {
      root_ = unquoted(rest);
    } else if (truth == Truth::kYes && name == "define") {
      const std::string variable(unquoted(take_field(rest)));
      defines_[variable] = unquoted(trim_blanks(rest));
    } else if (truth == Truth::kYes && name == "undefine") {
      defines_.erase(std::string(unquoted(rest)));
    }
  }

  void load(std::string_view module, std::string_view path, Truth truth) {
    constexpr std::string_view kMpm = "mpm_", kEnd = "_module";
    if (module.starts_with(kMpm) && module.ends_with(kEnd)) {
      unsure_ = unsure_ || truth == Truth::kMaybe;
      mpm_ = module.substr(kMpm.size(), module.size() - kMpm.size() - kEnd.size());
    }
    if (truth != Truth::kYes) return;
    modules_.emplace(module);
    const std::string_view file = path.substr(path.rfind('/') + 1);
    modules_.insert(std::string(file.substr(0, file.rfind(".so"))) + ".c");
  }

  void include(const std::string& pattern, bool optional, Truth truth, int depth) {
    auto path = resolved(pattern);
    if (path && !path->starts_with('/')) *path = root_ + '/' + *path;
    if (!path || !path->starts_with('/') || depth >= kDeepestInclude) {
      unsure_ = true;
      return;
    }
    const auto texts = read_matching(files_, *path);
    unsure_ = unsure_ || files_.refused() || (!texts && !optional);
    for (const std::string& text : texts.value_or(std::vector<std::string>{}))
      read(text, depth + 1, truth);
  }

  /// With the value of each ${NAME}: set by Define, or in its environment.
  std::optional<std::string> resolved(std::string text) const {
    while (true) {
      const auto begin = text.find("${");
      if (begin == std::string::npos) return text;
      const auto end = text.find('}', begin);
      if (end == std::string::npos) return std::nullopt;
      const std::string name = text.substr(begin + 2, end - begin - 2);
      const auto defined = defines_.find(name);
      const auto value =
          defined != defines_.end() ? std::optional(defined->second) : files_.environment(name);
      if (!value || value->find("${") != std::string::npos) return std::nullopt;
      text.replace(begin, end - begin + 1, *value);
    }
  }

  /// At least 1: Apache makes that of less.
  std::uint64_t value(const char* name, std::uint64_t otherwise) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? otherwise : std::max<std::uint64_t>(found->second, 1);
  }

  ForeignFiles& files_;
  std::string root_;
  std::map<std::string, std::string> defines_;
  std::map<std::string, std::uint64_t> numbers_;
  std::set<std::string> modules_;
  std::string mpm_;
  bool unsure_ = false;
};

/// What to try, in order: where its program looks, under what the command line says.
std::vector<Layout> places(const Options& options, const std::string& program) {
  std::vector<Layout> found;
  for (const Layout& one : kLayouts)
    if (program == one.program || program == one.program.substr(one.program.rfind('/') + 1))
      found.push_back(one);
  // Of any other program, what its command line says in full.
  if (found.empty() && options.file) found.push_back({});
  for (Layout& one : found) {
    one.root = options.root.value_or(one.root);
    one.file = options.file.value_or(one.file);
    if (!one.file.starts_with('/')) one.file = one.root + '/' + one.file;
  }
  return found;
}

void read_apache_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                          ServerSettingsReading& settings) {
  const Options options = options_of_title(server.title);
  // It goes to / when it starts, so nobody knows where a relative path began.
  if (options.sets_directives || (options.root && !options.root->starts_with('/'))) return;
  for (const Layout& place : places(options, files.program().value_or(options.program))) {
    const auto text = files.read(place.file);
    if (!text && !files.refused()) continue;
    if (!text) return;
    PoolReader reader(files, place.root, options.defines);
    reader.read(*text);
    settings.most_workers = reader.pool_size();
    settings.parks_connections = reader.parks_connections();
    return;
  }
}

}  // namespace

constexpr SignalEffect kApacheSignals[] = {
    {SIGUSR1, "master",
     "reads its configuration and opens its log files anew; requests are finished (graceful)"},
    {SIGHUP, "master",
     "reads its configuration and opens its log files anew; requests are cut off (restart)"},
    {SIGWINCH, "master", "ends when its requests are finished (graceful-stop)"},
    {SIGTERM, "master", "ends at once: requests in progress are cut off (stop)"},
};

// Master, workers and the process that starts CGI programs show one command line. Without privilege
// the tree tells them apart, and what they do with signals. Seen with Apache 2.4.71 and mod_wsgi
// 4.9.4:
//
//               INT      CHLD     XCPU     WINCH
//   master      catches  -        -        catches
//   worker      -        -        -        catches   (INT too, where it has threads)
//   cgid        -        ignores  -        -
//   mod_wsgi    -        -        catches  -
//
// A worker of prefork is a process; of the worker and event MPMs, a thread of one, with two beside
// it: the main thread, and one that accepts.
const Server& apache() {
  static const Server server{
      .name = "apache",
      .match = {{.comm = "apache2"},
                {.exe = "*/apache2"},
                // Not busybox' httpd, whose options are others.
                {.comm = "httpd",
                 .cmdline = R"(^\S*httpd(?: -k \S+| -[dfDEeCc] ?[^- ]\S*| -X)* *$)"},
                {.comm = "httpd", .cmdline = R"(^\(wsgi:)"},
                {.comm = "httpd-prefork"},
                {.comm = "httpd-worker"},
                {.comm = "httpd-event"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "cgid", .parent_in_tier = true, .ignores = signal_bit(SIGCHLD)},
                // An application behind the workers. Not the pool that is meant by the settings.
                {.name = "wsgi",
                 .kind = kThreaded,
                 .parent_in_tier = true,
                 .catches = signal_bit(SIGXCPU)},
                {.name = "master", .parent_in_tier = false, .has_children_in_tier = true},
                // `apache2 -t`, `-k graceful`; but `-k restart` may also start one.
                {.name = "control",
                 .title = R"( -(?:[tSMVvLlh]|k (?:stop|restart|graceful|graceful-stop))(?: |$))",
                 .parent_in_tier = false},
                {.name = "worker", .kind = kSyncWorker}},
      .child_cpu_role = "child",
      .traits = {.workers_started_on_demand = true, .helper_threads = 2, .parks_connections = true},
      .settings = {.role = "master", .read = read_apache_settings},
      // Those of mod_wsgi's daemons and of mod_cgid lie beside its pidfile.
      .listen = {"tcp:80", "tcp:443", "unix:/run/apache2/*", "unix:/run/httpd/*"},
      .signals = kApacheSignals};
  return server;
}

}  // namespace tierwatch::servers
