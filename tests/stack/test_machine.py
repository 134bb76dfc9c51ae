# SPDX-License-Identifier: MIT
"""The package on a real booted systemd: installed, started, scraped, marked, reloaded, hung, given more rights, upgraded,
purged. The tests build on each other, in this order."""

import json
import os
import re
import subprocess

import pytest

import machine
from machine import Machine
from processes import wait_until

pytestmark = pytest.mark.skipif(bool(machine.why_not()), reason=machine.why_not() or "-")

MEMBER, STRANGER = "games", "nobody"  # users that Debian always has
DROP_INS = "/etc/systemd/system/tierwatch.service.d"
# More often than systemd lets somebody who is impatient.
RESTART = "systemctl reset-failed tierwatch; systemctl restart tierwatch"


@pytest.fixture(scope="module")
def debian():
    made = Machine()
    try:
        made.boot()
        yield made
    finally:
        made.close()


def files_of(debian):
    """What is there in places where a package may leave something."""
    return set(debian.sh("find /etc /usr /var/lib /var/cache /run/tierwatch -xdev -not -path '/var/lib/dpkg/*' "
                         "-not -path '/etc/passwd-' -not -path '/etc/group-' -not -path '/etc/*shadow-' "
                         "-not -path '/etc/subuid-' -not -path '/etc/subgid-' 2>/dev/null || true").splitlines())


@pytest.fixture(scope="module")
def before(debian):
    return files_of(debian)


def main_pid(debian):
    return debian.show("MainPID")


def wait_fresh(debian):
    wait_until(lambda: debian.fetch("/-/ready") == (200, "Ready.\n"), debian.journal, seconds=30)


def test_the_package_installs_enables_and_starts(debian, before):
    debian.install(machine.package())
    wait_fresh(debian)
    assert debian.show("ActiveState") == "active" and debian.show("UnitFileState") == "enabled"
    assert debian.sh("systemctl --failed --no-legend") == ""
    debian.run("systemctl", "start", "tierwatch", check=True)


def test_the_configuration_is_roots_and_its_group_reads_it(debian):
    listed = debian.sh("stat -c '%a %U:%G' /etc/tierwatch/tierwatch.toml /etc/tierwatch/conf.d").splitlines()
    assert listed == ["640 root:tierwatch", "750 root:tierwatch"]
    refused = debian.run("tierwatch", "match", user=STRANGER)
    assert refused.returncode == 2 and "member of the group tierwatch" in refused.stderr


def test_it_runs_as_its_own_user_without_any_capability(debian):
    status = debian.sh(f"cat /proc/{main_pid(debian)}/status")
    assert re.search(r"^CapEff:\t0{16}$", status, re.M) and re.search(r"^CapBnd:\t0{16}$", status, re.M)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M) and re.search(r"^Seccomp:\t2$", status, re.M)
    uid = debian.sh("id -u tierwatch").strip()
    assert re.search(rf"^Uid:\t{uid}\t", status, re.M)
    assert re.search(r"^Umask:\t0077$", status, re.M)


def test_it_is_scraped_and_counts(debian):
    status, metrics = debian.fetch("/metrics")
    assert status == 200 and "tierwatch_build_info" in metrics
    assert "tierwatch_config_last_reload_successful 1\n" in metrics
    before = debian.snapshot()["sequence"]
    wait_until(lambda: debian.snapshot()["sequence"] > before + 2, "three more samples")


def test_top_attaches(debian):
    done = debian.run("tierwatch", "top", "--once", check=True)
    assert "attached to /run/tierwatch/tierwatch.sock" in done.stdout


def test_root_and_the_group_mark_and_others_do_not(debian):
    debian.sh(f"usermod -aG tierwatch {MEMBER}")
    assert debian.run("tierwatch", "mark", "by root").stdout == "marked in /var/lib/tierwatch/history.db\n"
    assert debian.run("tierwatch", "mark", "by a member", user=MEMBER).returncode == 0
    assert debian.run("tierwatch", "mark", "by a stranger", user=STRANGER).returncode == 1
    # 0640: who is in the group reads the history, too.
    assert debian.sh("stat -c '%a %U:%G' /var/lib/tierwatch/history.db").strip() == "640 tierwatch:tierwatch"


def test_the_doctor_finds_the_service_well(debian):
    done = debian.run("tierwatch", "doctor", "--json", user=MEMBER)
    found = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    for name in ("configuration", "daemon.runs", "daemon.fresh", "daemon.scraped", "daemon.history"):
        assert found[name]["standing"] == "ok", found[name]
    assert found["daemon.runs"]["text"].endswith("/run/tierwatch/tierwatch.sock")


def reload(debian):
    return debian.run("systemctl", "reload", "tierwatch", check=True)


def write(debian, path, text):
    (debian.root / path.lstrip("/")).write_text(text)


def test_a_reload_reads_the_drop_ins(debian):
    pid = main_pid(debian)
    write(debian, "/etc/tierwatch/conf.d/10-tiers.toml", '[[tier]]\nname = "journal"\nmatch = [{comm = "systemd-journal"}]\n')
    reload(debian)
    wait_until(lambda: [tier["name"] for tier in debian.snapshot()["tiers"]] == ["journal"], debian.journal)
    assert main_pid(debian) == pid, "a reload is no restart"


def test_a_bad_drop_in_leaves_everything_and_is_named(debian):
    write(debian, "/etc/tierwatch/conf.d/20-bad.toml", "[sampling]\nintervall = \"1s\"\n")
    reload(debian)
    wait_until(lambda: "conf.d/20-bad.toml:2:1: unknown key" in debian.journal(), "the log to name it")
    assert "tierwatch_config_last_reload_successful 0\n" in debian.fetch("/metrics")[1]
    checked = debian.run("tierwatch", "check-config")
    assert checked.returncode == 2 and "20-bad.toml:2:1" in checked.stderr
    assert debian.run("tierwatch", "doctor").returncode == 1
    debian.sh("rm /etc/tierwatch/conf.d/20-bad.toml")
    reload(debian)
    wait_until(lambda: "tierwatch_config_last_reload_successful 1\n" in debian.fetch("/metrics")[1], debian.journal)


def test_a_sampler_that_stops_is_restarted_by_the_watchdog(debian):
    """With three seconds instead of thirty, to be quick."""
    debian.sh(f"mkdir -p {DROP_INS}")
    write(debian, f"{DROP_INS}/zz-test.conf", "[Service]\nWatchdogSec=3\n")
    debian.sh(f"systemctl daemon-reload && {RESTART}")
    wait_fresh(debian)
    pid = main_pid(debian)
    debian.sh(f"kill -STOP {pid}")
    wait_until(lambda: main_pid(debian) not in ("0", pid), debian.journal, seconds=60)
    wait_fresh(debian)
    assert "Watchdog timeout" in debian.journal()
    debian.sh(f"rm -r {DROP_INS} && systemctl daemon-reload && {RESTART}")
    wait_fresh(debian)


@pytest.mark.parametrize("name, capabilities", [
    ("pss.conf", {"cap_perfmon"}), ("full.conf", {"cap_sys_ptrace", "cap_dac_read_search"}),
    ("containers.conf", {"cap_sys_admin", "cap_sys_ptrace", "cap_dac_read_search"}),
    ("bpf.conf", {"cap_bpf", "cap_perfmon"}),
    ("loopback.conf", set()), ("fixed-address.conf", set())])
def test_each_drop_in_gives_what_it_says_and_no_more(debian, name, capabilities):
    debian.sh(f"mkdir -p {DROP_INS} && ln -s /usr/share/tierwatch/systemd/{name} {DROP_INS}/"
              f" && systemctl daemon-reload && {RESTART}")
    wait_fresh(debian)
    assert set(debian.show("AmbientCapabilities").split()) == capabilities
    assert set(debian.show("CapabilityBoundingSet").split()) == capabilities
    bits = {"cap_bpf": 39, "cap_perfmon": 38, "cap_sys_ptrace": 19, "cap_sys_admin": 21, "cap_dac_read_search": 2}
    effective = re.search(r"CapEff:\t(\w+)", debian.sh(f"cat /proc/{main_pid(debian)}/status"))[1]
    assert int(effective, 16) == sum(1 << bits[one] for one in capabilities)
    if name == "pss.conf":
        write(debian, "/etc/tierwatch/conf.d/30-pss.toml", '[memory]\nproportional = true\nproportional_interval = "1s"\n')
        reload(debian)
        wait_until(lambda: "tierwatch_tier_proportional_memory_bytes" in debian.fetch("/metrics")[1], debian.journal)
        debian.sh("rm /etc/tierwatch/conf.d/30-pss.toml")
    if name == "bpf.conf":
        told = re.search(r'^tierwatch_process_source_info{.*', debian.fetch("/metrics")[1], re.MULTILINE)[0]
        assert 'source="bpf",reason="permitted"' in told, told + debian.journal()
    if name == "full.conf":
        wait_until(lambda: "tierwatch_tier_read_bytes_total" in debian.fetch("/metrics")[1], debian.journal)
    debian.sh(f"rm {DROP_INS}/{name} && systemctl daemon-reload && {RESTART}")
    wait_fresh(debian)


def test_sockets_come_from_systemd(debian):
    """Its addresses answer through a restart, it can make no internet socket, and a client's mode counts."""
    debian.sh(f"mkdir -p {DROP_INS} && ln -s /usr/share/tierwatch/systemd/socket.conf {DROP_INS}/"
              " && systemctl daemon-reload && systemctl stop tierwatch && systemctl enable --now tierwatch.socket")
    assert debian.show("ActiveState") == "inactive"
    wait_fresh(debian)  # who asks starts it
    assert debian.show("ActiveState") == "active"
    assert "; sockets from systemd" in debian.journal()
    assert debian.run("tierwatch", "top", "--once", user=MEMBER).stdout.count("attached to /run/tierwatch/tierwatch.sock")
    assert debian.run("tierwatch", "mark", "over its own socket").returncode == 0
    assert debian.sh("stat -c '%a %G' /run/tierwatch/tierwatch.sock").strip() == "660 tierwatch"
    pid = main_pid(debian)
    write(debian, "/etc/tierwatch/conf.d/40-listen.toml", '[web]\nlisten = ["127.0.0.1:9999"]\n')
    reload(debian)
    wait_until(lambda: "configuration reloaded" in debian.journal(), debian.journal)
    assert debian.fetch("/-/ready")[0] == 200 and main_pid(debian) == pid
    debian.sh("rm /etc/tierwatch/conf.d/40-listen.toml")
    debian.sh(f"kill -KILL {pid}")
    wait_until(lambda: main_pid(debian) not in ("0", pid), debian.journal)
    wait_fresh(debian)
    debian.sh(f"rm {DROP_INS}/socket.conf && systemctl disable --now tierwatch.socket && systemctl daemon-reload"
              f" && {RESTART}")
    wait_fresh(debian)


def newer(deb, home):
    """The same package with a higher version."""
    tree = home / "newer"
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 99.0", control.read_text(), flags=re.M))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, home / "newer.deb"], check=True,
                   capture_output=True)
    return home / "newer.deb"


def test_an_upgrade_keeps_configuration_and_history_and_restarts(debian, home):
    write(debian, "/etc/tierwatch/tierwatch.toml", '[sampling]\ninterval = "500ms"\n')
    pid = main_pid(debian)
    debian.sh("systemctl disable tierwatch")
    debian.install(newer(machine.package(), home))
    wait_until(lambda: main_pid(debian) not in ("0", pid), debian.journal)
    wait_fresh(debian)
    assert debian.sh("cat /etc/tierwatch/tierwatch.toml") == '[sampling]\ninterval = "500ms"\n'
    assert debian.sh("stat -c '%a %U:%G' /etc/tierwatch/tierwatch.toml").strip() == "640 root:tierwatch"
    assert debian.show("UnitFileState") == "disabled", "what an administrator decided stays"
    assert debian.run("test", "-s", "/var/lib/tierwatch/history.db").returncode == 0


def test_a_removal_keeps_what_is_yours_and_a_purge_leaves_nothing(debian, before):
    debian.sh("dpkg -r tierwatch")
    assert debian.fetch("/-/healthy")[0] == 0
    kept = {"/etc/tierwatch/tierwatch.toml", "/etc/tierwatch/conf.d/10-tiers.toml", "/var/lib/tierwatch/history.db"}
    assert kept <= files_of(debian)
    debian.sh(f"mkdir -p {DROP_INS} && ln -s /usr/share/tierwatch/systemd/pss.conf {DROP_INS}/")
    debian.sh("dpkg -P tierwatch")
    assert files_of(debian) - before == set()
    assert debian.run("getent", "passwd", "tierwatch").returncode == 2
    assert debian.run("getent", "group", "tierwatch").returncode == 2
    assert debian.sh("systemctl --failed --no-legend") == ""
    assert os.path.lexists(debian.root / "etc/passwd")
