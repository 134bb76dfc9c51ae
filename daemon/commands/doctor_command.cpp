// SPDX-License-Identifier: MIT
#include "daemon/commands/doctor_command.h"

#include <unistd.h>

#include <ostream>

#include "collectors/text/printable_text.h"
#include "config/config.h"
#include "daemon/commands/output_charset.h"
#include "daemon/doctor/doctor_report.h"
#include "daemon/doctor/running_daemon.h"
#include "daemon/feeds/port_owner.h"

namespace tierwatch {
namespace {

constexpr int kCouldNotLook = 2;

bool is_denied(const std::filesystem::path& file) {
  return access(file.c_str(), R_OK) != 0 && errno == EACCES;
}

bool is_one_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code absent;
  return a == b || std::filesystem::equivalent(a, b, absent);
}

/// The file that was asked for, else that of the only daemon that runs, else the usual one.
std::optional<std::filesystem::path> file_of(const DoctorOptions& options,
                                             const std::vector<RunningDaemon>& daemons,
                                             Examination& examined) {
  const bool one = daemons.size() == 1;
  const std::filesystem::path used =
      one ? daemons[0].config.value_or(kDefaultConfigPath) : std::filesystem::path();
  if (options.config) {
    examined.configuration_file = options.config->string();
    if (one && !is_one_file(used, *options.config)) examined.other_configuration = used.string();
    return options.config;
  }
  if (!one || is_one_file(used, kDefaultConfigPath)) return std::nullopt;
  examined.configuration_file = used.string();
  examined.configured_by_daemon = true;
  return used;
}

Config configuration(const DoctorOptions& options, const std::vector<RunningDaemon>& daemons,
                     Examination& examined) {
  const auto file = file_of(options, daemons, examined);
  if (options.config) return load_config(*file);
  try {
    return load_config_or_default(file);
  } catch (const ConfigError& error) {
    examined.configuration_problem = error.what();
    examined.configuration_denied =
        file ? is_denied(*file) : has_default_config() && is_denied(kDefaultConfigPath);
    return default_config();
  }
}

}  // namespace

int run_doctor(const DoctorOptions& options, std::ostream& out, std::ostream& errors) {
  Examination examined;
  try {
    const ProcFs files;
    const auto sockets = make_sock_diag_table();
    const auto daemons =
        those_that_answer(files, *sockets, running_daemons(files, may_run_the_daemon));
    const Config config = configuration(options, daemons, examined);
    examined.proportional_wanted = config.memory.proportional;
    examined.bpf_wanted = config.sampling.source == ProcessSource::kBpf;
    examined.listen_configured = !config.web.listen_addresses_are_default;
    if (daemons.size() == 1) {
      examined.daemon_pid = daemons[0].pid;
      examined.by_systemd = is_of_systemd(files, daemons[0].pid);
    }
    const auto processes = make_process_table();
    examined.machine = look_at_machine(files, *sockets, *processes, config.rules);
    const bool known = examined.configuration_problem.empty() || !examined.configured_by_daemon;
    examined.daemon = ask_daemon(known ? &config : nullptr);
  } catch (const ConfigError&) {
    throw;
  } catch (const std::exception& error) {
    errors << told_line(error.what());
    return kCouldNotLook;
  }
  const std::vector<Finding> found = findings(examined);
  out << (options.json ? doctor_json(examined, found)
                       : in_charset(doctor_text(examined, found), output_charset(STDOUT_FILENO)));
  return exit_status_of(found);
}

}  // namespace tierwatch
