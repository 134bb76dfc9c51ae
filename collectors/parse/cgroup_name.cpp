// SPDX-License-Identifier: MIT
#include "collectors/parse/cgroup_name.h"

#include "collectors/text/printable_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The id of a container: of its last word, without what stands before it ("docker-", "libpod-",
/// "cri-containerd-", "crio-").
std::string_view container_id(std::string_view name) {
  constexpr std::size_t kWhole = 64, kShown = 12;
  if (name.ends_with(".scope")) name.remove_suffix(6);
  if (name.starts_with("crio-conmon-") || name.starts_with("libpod-conmon-")) return {};
  if (const auto dash = name.rfind('-'); dash != std::string_view::npos)
    name.remove_prefix(dash + 1);
  return name.size() == kWhole && is_hex(name) ? name.substr(0, kShown) : std::string_view{};
}

/// "pod3b1f2c4d-…" of kubelet's cgroupfs driver, "kubepods-burstable-pod3b1f2c4d_….slice" of
/// systemd's.
std::string_view pod_uid(std::string_view name) {
  constexpr std::size_t kWhole = 36, kShown = 8;
  if (name.ends_with(".slice")) name.remove_suffix(6);
  const auto begin = name.starts_with("pod") ? 0 : name.rfind("-pod");
  if (begin == std::string_view::npos || (begin > 0 && !name.starts_with("kubepods"))) return {};
  name.remove_prefix(begin + (begin > 0 ? 4 : 3));
  return name.size() == kWhole && is_hex(name.substr(0, kShown)) ? name.substr(0, kShown)
                                                                 : std::string_view{};
}

/// Undoes systemd's writing of a name as part of a unit's ("web\x2d1", systemd-escape(1)).
std::string without_unit_escapes(std::string_view name) {
  std::string plain;
  while (!name.empty()) {
    const bool escape = name.starts_with("\\x") && name.size() >= 4;
    const auto code = escape ? to_number<unsigned char>(name.substr(2, 2), 16) : std::nullopt;
    plain.push_back(code ? static_cast<char>(*code) : name.front());
    name.remove_prefix(code ? 4 : 1);
  }
  return plain;
}

/// Between `begin` and `end`; empty when it is not so written.
std::string_view between(std::string_view name, std::string_view begin, std::string_view end) {
  if (name.size() <= begin.size() + end.size()) return {};
  if (!name.starts_with(begin) || !name.ends_with(end)) return {};
  return name.substr(begin.size(), name.size() - begin.size() - end.size());
}

struct Place {
  std::string pod, container;
};

/// What one directory on the way says. `above`: the one before it.
void look_at(std::string_view name, std::string_view above, Place& place) {
  if (const auto pod = pod_uid(name); !pod.empty()) place.pod = pod;
  if (const auto id = container_id(name); !id.empty())
    place.container = "container " + std::string(id);
  else if (const auto machine = between(name, "machine-", ".scope"); !machine.empty())
    place.container = "machine " + without_unit_escapes(machine);
  else if (const auto nspawn = between(name, "systemd-nspawn@", ".service"); !nspawn.empty())
    place.container = "machine " + without_unit_escapes(nspawn);
  else if (const auto lxc = between(name, "lxc.payload.", ""); !lxc.empty())
    place.container = "container " + std::string(lxc);
  else if (above == "lxc" || above == "lxc.payload")
    place.container = "container " + std::string(name);
}

}  // namespace

std::string unit_or_container(std::string_view cgroup) {
  Place place;
  std::string_view name, above;
  bool inside = false;
  while (!cgroup.empty()) {
    above = name;
    name = take_until(cgroup, '/');
    inside = !place.container.empty();
    if (!inside) look_at(name, above, place);
  }
  std::string text = place.container;
  if (!place.pod.empty()) text = "pod " + place.pod + (text.empty() ? "" : ", ") + text;
  if (name.ends_with(".service") && (inside || place.container.empty()))
    text += (text.empty() ? "" : ", ") + std::string(name);
  const std::string shown = printable(text);
  constexpr std::size_t kEllipsis = std::string_view("…").size();
  if (shown.size() > kLongestCgroupName)
    return printable_start(shown, kLongestCgroupName - kEllipsis);
  return shown;
}

}  // namespace tierwatch
