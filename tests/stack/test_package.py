# SPDX-License-Identifier: MIT
"""What is installed: the package as a file, an install with another prefix, and how much systemd thinks the unit is exposed."""

import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

import machine

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TIERWATCH_BINARY", "build/stack/daemon/tierwatch")


def output_of(*argv, **options):
    return subprocess.run([str(word) for word in argv], check=True, capture_output=True, text=True, **options).stdout


# The unit ----------------------------------------------------------------------------------------


def exposure(home, *drop_ins):
    """As `systemd-analyze security` counts it, in tenths: 0 to 100."""
    unit = home / "tierwatch.service"
    text = (ROOT / "systemd/tierwatch.service").read_text()
    for name in drop_ins:
        text += (ROOT / "systemd/drop-ins" / name).read_text()
    unit.write_text(text)
    said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                          capture_output=True, text=True, timeout=60).stdout
    return round(float(re.search(r"Overall exposure level .*: (\d+\.\d+)", said)[1]) * 10)


needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@needs_systemd
@pytest.mark.parametrize("drop_ins, most", [
    ([], 15), (["loopback.conf"], 13), (["socket.conf"], 12), (["socket.conf", "loopback.conf"], 10), (["fixed-address.conf"], 15), (["pss.conf"], 15), (["bpf.conf"], 17), (["full.conf"], 20),
    (["containers.conf"], 23)], ids=str)
def test_the_unit_is_hardly_exposed(home, drop_ins, most):
    assert exposure(home, *drop_ins) <= most


@needs_systemd
def test_systemd_understands_every_line_of_the_unit_and_its_drop_ins(home):
    folder = home / "units"
    (folder / "tierwatch.service.d").mkdir(parents=True)
    text = (ROOT / "systemd/tierwatch.service").read_text().replace("/usr/bin/tierwatch", "/bin/true")
    (folder / "tierwatch.service").write_text(text)
    shutil.copy(ROOT / "systemd/tierwatch.socket", folder)
    for drop_in in (ROOT / "systemd/drop-ins").iterdir():
        text = drop_in.read_text().replace("/usr/bin/tierwatch", "/bin/true")
        (folder / "tierwatch.service.d" / drop_in.name).write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", folder / "tierwatch.service", folder / "tierwatch.socket"],
                          capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "tierwatch" in line]
    assert not ours, ours


# An install ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(home):
    prefix = home / "opt/tw"
    output_of("cmake", "--install", machine.BUILD, "--prefix", prefix)
    return prefix


def test_every_path_of_an_installed_unit_follows_the_prefix(installed):
    unit = (installed / "lib/systemd/system/tierwatch.service").read_text()
    assert f"\nExecStart={installed}/bin/tierwatch daemon --config {installed}/etc/tierwatch/tierwatch.toml\n" in unit
    assert f"\nExecPaths={installed}/bin/tierwatch " in unit
    settings = "\n".join(line for line in unit.splitlines() if not line.startswith("#"))
    assert "/usr/bin/tierwatch" not in settings
    assert "/etc/tierwatch" not in settings.replace(f"{installed}/etc/tierwatch", "")
    assert os.access(installed / "bin/tierwatch", os.X_OK) and (installed / "etc/tierwatch/tierwatch.toml").is_file()
    for drop_in in (ROOT / "systemd/drop-ins").iterdir():
        assert str(installed) in (installed / "share/tierwatch/systemd" / drop_in.name).read_text()


def test_nothing_outside_of_the_prefix_is_written(installed, home):
    assert sorted(path.name for path in (home / "opt").iterdir()) == ["tw"]


def help_of(*command):
    return output_of(BINARY, *command, "--help")


def commands():
    listed = help_of().partition("Subcommands:")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+)", listed, re.MULTILINE)


def options_of(command):
    return {name for line in re.findall(r"^  (-\S+)", help_of(command), re.MULTILINE) for name in line.split(",")}


def test_the_completions_know_every_option_of_every_command(installed):
    folder = installed / "share"
    bash = (folder / "bash-completion/completions/tierwatch").read_text()
    zsh = (folder / "zsh/vendor-completions/_tierwatch").read_text()
    fish = (folder / "fish/vendor_completions.d/tierwatch.fish").read_text()
    for command in commands():
        of_bash = re.search(rf'^    {command}\) words="([^"]*)"', bash, re.M)[1].split()
        of_zsh = re.search(rf"^    {command}\)\n(.*?)\n      ;;", zsh, re.M | re.S)[1]
        of_fish = "\n".join(line for line in fish.splitlines() if f"subcommand_from {command}'" in line)
        for option in options_of(command):
            assert option in of_bash, (command, option)
            assert f"'*{option}[" in of_zsh, (command, option)
            assert f" {'-l' if option.startswith('--') else '-s'} {option.lstrip('-')} " in of_fish, (command, option)


def completed(installed, *words):
    """What bash offers for the last word."""
    script = (f". {installed}/share/bash-completion/completions/tierwatch; "
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tierwatch; printf "%s\\n" "${COMPREPLY[@]}"')
    return output_of("bash", "-c", script, "bash", "tierwatch", *words).split()


def test_bash_completes_commands_options_and_values(installed):
    assert completed(installed, "ver") == ["verdict"]
    assert completed(installed, "top", "--pal") == ["--palette"]
    assert completed(installed, "top", "--palette", "co") == ["colorblind"]


def test_every_man_page_is_installed_and_has_no_fault(installed):
    pages = sorted(path.name for path in (installed / "share/man").rglob("*.gz"))
    assert pages == [f"tierwatch{name}.gz" for name in
                     ("-doctor.1", "-inside.1", "-record.1", "-report.1", "-top.1", ".1", ".toml.5")]
    for page in (installed / "share/man").rglob("*.gz"):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True,
                              text=True, timeout=60) if shutil.which("man") else None
        assert not done or done.stderr == "", done.stderr


def test_the_page_of_the_configuration_names_every_key(installed):
    page = output_of("gzip", "-dc", installed / "share/man/man5/tierwatch.toml.5.gz").replace("\\-", "-")
    keys = re.findall(r"^#(\w+) = ", (ROOT / "config/tierwatch.toml").read_text(), re.MULTILINE)
    assert len(keys) > 40
    for key in keys:
        assert re.search(rf"^(\\fB)?{key}(\\fR)? = ", page, re.MULTILINE), key


# The package --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deb():
    if not any(machine.BUILD.glob("tierwatch_*.deb")):
        pytest.skip("no package was built (scripts/lib/machine.sh)")
    return machine.package()


def test_the_package_depends_on_the_libraries_of_the_program(deb):
    depends = output_of("dpkg-deb", "-f", deb, "Depends")
    for library in ("libc6", "libproc2-0", "libmicrohttpd12", "libsqlite3-0", "libcurl4", "systemd"):
        assert library in depends, depends


def test_the_package_holds_what_an_operator_needs(deb):
    listed = output_of("dpkg-deb", "-c", deb)
    for path in ("/usr/bin/tierwatch", "/usr/lib/systemd/system/tierwatch.service", "/usr/lib/systemd/system/tierwatch.socket", "/usr/lib/sysusers.d/tierwatch.conf",
                 "/usr/lib/tmpfiles.d/tierwatch.conf", "/usr/lib/modules-load.d/tierwatch.conf",
                 "/etc/tierwatch/tierwatch.toml", "/etc/tierwatch/conf.d/", "/usr/share/tierwatch/systemd/full.conf",
                 "/usr/share/tierwatch/prometheus/alerts.yml", "/usr/share/tierwatch/prometheus/servicemonitor.yml",
                 "/usr/share/tierwatch/grafana/tierwatch.json", "/usr/share/tierwatch/mixin/mixin.libsonnet",
                 "/usr/share/bash-completion/completions/tierwatch", "/usr/share/zsh/vendor-completions/_tierwatch",
                 "/usr/share/fish/vendor_completions.d/tierwatch.fish", "/usr/share/man/man1/tierwatch.1.gz",
                 "/usr/share/man/man5/tierwatch.toml.5.gz", "/usr/share/doc/tierwatch/copyright"):
        assert f" .{path}\n" in listed, path
    assert not re.search(r" \./(usr/)?(include|tests|build)", listed)
    assert set(re.findall(r"^\S+ (\S+)", listed, re.M)) == {"root/root"}


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian_finds_no_error(deb, home):
    own = home / "lintian"  # it may leave files there
    own.mkdir()
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", deb], env={**os.environ, "TMPDIR": str(own)},
                          capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout


def test_packing_again_gives_the_same_bytes(deb, home):
    """What depends on the time, the folder or the order of files would show; scripts/package --check builds anew, too."""
    content = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout
    epoch = str(tarfile.open(fileobj=io.BytesIO(content)).next().mtime)
    output_of("cpack", "-G", "DEB", "-B", home / "packed", "--config", machine.BUILD / "CPackConfig.cmake",
              cwd=home, env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
    again = next((home / "packed").glob("tierwatch_*.deb"))
    assert again.read_bytes() == deb.read_bytes()


# scripts/run --------------------------------------------------------------------------------------


@pytest.fixture
def tree(home):
    """One in which nothing has to be installed or built, and whose daemon says who it is."""
    root = home / "tree"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    (root / "scripts/lib/packages.sh").write_text("need_packages() { :; }\n")
    (root / "scripts/lib/build.sh").write_text("build() { :; }\n")
    daemon = root / "build/release/daemon/tierwatch"
    daemon.parent.mkdir(parents=True)
    daemon.write_text('#!/bin/sh\nid -un\ngrep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status\necho "$@"\n')
    daemon.chmod(0o755)
    yield root
    shutil.rmtree(root)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be several users")
def test_scripts_run_of_root_is_nobody_unless_told_otherwise(tree):
    said = output_of(tree / "scripts/run", "--config", "x")
    user = "tierwatch" if "tierwatch" in Path("/etc/passwd").read_text() else "nobody"
    assert f"\n{user}\n" in said and said.endswith("daemon --config x\n")
    assert re.findall(r"^Cap\w+:\t(\w+)", said, re.M) == ["0" * 16] * 2 and "NoNewPrivs:\t1" in said
    said = output_of(tree / "scripts/run", "--as", "root")
    assert "\nroot\n" in said and not re.search(r"^CapEff:\t0{16}$", said, re.M)
