"""Dispatch: plan an alert into deliveries, send them, resolve what nobody knows."""
