"""The ways out: one package per channel, and what several of them share (``_*.py``)."""
