# SPDX-License-Identifier: MIT
"""Prometheus' text format, read back."""

import re

SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.samples = []  # (name, labels, value)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                match = SAMPLE.match(line)
                assert match, f"not a sample: {line}"
                self.samples.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))

    def select(self, name, **labels):
        """(labels, value) of every sample of that name which has these labels."""
        return [(have, value) for own, have, value in self.samples
                if own == name and labels.items() <= have.items()]

    def has(self, name, **labels):
        return bool(self.select(name, **labels))

    def sum(self, name, **labels):
        """Their sum. No such sample is an error: absent is not zero."""
        found = self.select(name, **labels)
        assert found, f"no sample {name} {labels}"
        return sum(value for _, value in found)

    def by(self, label, name, **labels):
        """label's value -> sum, without zeros."""
        sums = {}
        for have, value in self.select(name, **labels):
            sums[have[label]] = sums.get(have[label], 0) + value
        return {key: value for key, value in sums.items() if value}
