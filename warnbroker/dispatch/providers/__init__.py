"""Providers of a channel: which one takes a delivery, how well each is, how much each may get."""
