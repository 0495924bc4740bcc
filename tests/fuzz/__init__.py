"""Hostile input made by the million: `make fuzz`, and a little of it in every test run."""
