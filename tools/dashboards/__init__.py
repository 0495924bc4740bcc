"""Grafana dashboards as code; `python -m tools.dashboards` writes them and the rules."""
