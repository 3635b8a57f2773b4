"""Intake: accept an alert once, from somebody who may issue it."""
