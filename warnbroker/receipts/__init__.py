"""Receipts: fold evidence into the states of deliveries."""
