# SPDX-License-Identifier: MIT
"""What the numbers were measured on."""

import os
import platform
import subprocess
import time

import processes

PACKAGES = ["prometheus-process-exporter", "netdata-plugins-bash", "atop", "sysstat", "htop", "procps"]


def _value(path, key, separator):
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(separator)
            if name.strip() == key:
                return value.strip().strip('"')
    return ""


def _package_versions():
    output = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
                            text=True, capture_output=True, check=False).stdout
    return output.strip().splitlines()


def facts(options):
    count, threads = processes.counts_of_machine()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "processor": _value("/proc/cpuinfo", "model name", ":"),
        "memory_gib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30,
        "kernel": platform.release(),
        "system": _value("/etc/os-release", "PRETTY_NAME", "="),
        "load_before": os.getloadavg()[0],
        "processes_before": count,
        "threads_before": threads,
        "packages": _package_versions(),
        "rounds": options.rounds,
        "seconds": options.seconds,
    }
