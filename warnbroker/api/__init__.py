"""The HTTP interface for machines: ``/v1``, callbacks, health, metrics."""
