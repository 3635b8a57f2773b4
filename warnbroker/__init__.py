"""Publish public warnings over every medium that can still reach people."""

__version__ = "0.1.0"
