"""Reads a page of metrics on standard input by Prometheus' own client library; prints its samples as JSON."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

families = text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8"))
json.dump(
    [
        {"name": sample.name, "type": family.type, "help": family.documentation, "labels": sample.labels, "value": sample.value}
        for family in families
        for sample in family.samples
    ],
    sys.stdout,
)
