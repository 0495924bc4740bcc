"""Prometheus rules, rendered from `deploy/prometheus/thresholds.yaml`."""
