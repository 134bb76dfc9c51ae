// SPDX-License-Identifier: MIT
#include "daemon/commands/doctor_command.h"

#include <unistd.h>

#include <ostream>

#include "collectors/text/printable_text.h"
#include "config/config.h"
#include "daemon/doctor/doctor_report.h"

namespace tierwatch {
namespace {

constexpr int kCouldNotLook = 2;

Config configuration(const DoctorOptions& options, Examination& examined) {
  if (options.config) return load_config(*options.config);
  try {
    return load_config_or_default(std::nullopt);
  } catch (const ConfigError& error) {
    examined.configuration_problem = error.what();
    examined.configuration_denied =
        has_default_config() && access(kDefaultConfigPath, R_OK) != 0 && errno == EACCES;
    return default_config();
  }
}

}  // namespace

int run_doctor(const DoctorOptions& options, std::ostream& out, std::ostream& errors) {
  Examination examined;
  const Config config = configuration(options, examined);
  examined.proportional_wanted = config.memory.proportional;
  examined.bpf_wanted = config.sampling.source == ProcessSource::kBpf;
  examined.listen_configured = !config.web.listen_addresses_are_default;
  try {
    const ProcFs files;
    const auto sockets = make_sock_diag_table();
    const auto processes = make_process_table();
    examined.machine = look_at_machine(files, *sockets, *processes, config.rules);
    examined.daemon = ask_daemon(config);
  } catch (const std::exception& error) {
    errors << told_line(error.what());
    return kCouldNotLook;
  }
  const std::vector<Finding> found = findings(examined);
  out << (options.json ? doctor_json(examined, found) : doctor_text(examined, found));
  return exit_status_of(found);
}

}  // namespace tierwatch
