#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What config/prometheus/ and config/grafana/ ship: rules that are right, tested, about metrics that
exist, with a chapter for whoever is woken by one."""

import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "config" / "prometheus"


def read(*parts):
    return ROOT.joinpath(*parts).read_text()


def served_by_default():
    """The metrics that are there without a switch: no old names, nothing that is detail."""
    known, section = set(), ""
    for line in read("docs", "metrics.md").splitlines():
        section = line if line.startswith("## ") else section
        row = re.match(r"^\| `(tierwatch_\w+)`", line)
        if row and "release before" not in section and "*Detail.*" not in line:
            known.add(row[1])
    return known


class PrometheusRules(unittest.TestCase):
    def promtool(self, *arguments):
        if not shutil.which("promtool"):
            self.skipTest("no promtool here")
        done = subprocess.run(["promtool", *arguments], cwd=RULES, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_are_valid(self):
        self.promtool("check", "rules", "rules.yml", "alerts.yml")
        self.promtool("check", "config", "--syntax-only", "scrape.yml")

    def test_fire_when_they_must_and_only_then(self):
        self.promtool("test", "rules", "alerts_test.yml")

    def test_each_alert_is_tested_and_explained(self):
        alerts = re.findall(r"alert: (\w+)", read("config", "prometheus", "alerts.yml"))
        self.assertTrue(alerts)
        tested = re.findall(r"alertname: (\w+)", read("config", "prometheus", "alerts_test.yml"))
        self.assertEqual(set(alerts), set(tested))
        chapters = re.findall(r"^## (\w+)", read("docs", "alerts.md"), re.MULTILINE)
        self.assertEqual(alerts, chapters)
        links = re.findall(r"runbook_url: docs/alerts.md#(\w+)",
                           read("config", "prometheus", "alerts.yml"))
        self.assertEqual([alert.lower() for alert in alerts], links)

    def test_metrics_exist(self):
        known = served_by_default()
        for file in ("rules.yml", "alerts.yml", "alerts_test.yml"):
            used = set(re.findall(r"(?<![:\w])tierwatch_\w+", read("config", "prometheus", file)))
            self.assertTrue(used)
            self.assertLessEqual(used, known, file)

    def test_the_dashboard_asks_for_what_exists(self):
        known = served_by_default()
        dashboard = json.loads(read("config", "grafana", "tierwatch.json"))
        panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
        self.assertEqual(len({panel["title"] for panel in panels}), len(panels))
        for panel in panels:
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], panel["title"])
            for target in panel["targets"]:
                expression = target["expr"]
                self.assertLessEqual(set(re.findall(r"tierwatch_\w+", expression)), known)
                self.assertIn('instance=~"$instance"', expression)
                self.assertEqual(re.findall(r"\[(.*?)\]", expression),
                                 ["$__rate_interval"] * expression.count("rate("))

    def read_by(self, *program, **options):
        if not shutil.which(program[0]):
            self.skipTest(f"no {program[0]} here")
        done = subprocess.run(program, cwd=ROOT / "config", capture_output=True, text=True, timeout=60, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_mixin_holds_the_same(self):
        mixin = self.read_by("jsonnet", "-e", "local m = import 'mixin/mixin.libsonnet'; {alerts: m.prometheusAlerts, "
                             "rules: m.prometheusRules, dashboards: m.grafanaDashboards}")
        rules = [rule for group in mixin["alerts"]["groups"] for rule in group["rules"]]
        self.assertEqual([rule["alert"] for rule in rules],
                         re.findall(r"alert: (\w+)", read("config", "prometheus", "alerts.yml")))
        recorded = [rule["record"] for group in mixin["rules"]["groups"] for rule in group["rules"]]
        self.assertEqual(recorded, re.findall(r"record: (\S+)", read("config", "prometheus", "rules.yml")))
        self.assertEqual(mixin["dashboards"], {"tierwatch.json": json.loads(read("config", "grafana", "tierwatch.json"))})

    def test_the_service_monitor_finds_its_service(self):
        service, slices, monitor = self.read_by(
            "ruby", "-ryaml", "-rjson", "-e", "puts YAML.load_stream(STDIN.read).to_json",
            input=read("config", "prometheus", "servicemonitor.yml"))
        self.assertEqual([one["kind"] for one in (service, slices, monitor)],
                         ["Service", "EndpointSlice", "ServiceMonitor"])
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(), service["metadata"]["labels"].items())
        self.assertEqual(slices["metadata"]["labels"]["kubernetes.io/service-name"], service["metadata"]["name"])
        ports = {(port["name"], port["port"]) for port in (*service["spec"]["ports"], *slices["ports"])}
        self.assertEqual(ports, {("tierwatch", 9718)})
        self.assertEqual([one["port"] for one in monitor["spec"]["endpoints"]], ["tierwatch"])
        for relabeling in monitor["spec"]["endpoints"][0]["relabelings"]:
            self.assertTrue(all(name.startswith("__meta_kubernetes_") for name in relabeling["sourceLabels"]))


if __name__ == "__main__":
    unittest.main()
