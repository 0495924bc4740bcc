"""Loads the configuration again while the service runs."""
