"""Apprise: a JSON notification for each recipient, or one mail object with all recipients.

Runs in the peers' own environment; see bench/peers.py. The objects are made beforehand.
"""

import logging
import os
import sys

from apprise import Apprise

TEXT = os.environ["TEXT"]


def post(port: str, number: int, at_once: int) -> None:
    """Notify a group of servers at a time: those of one group are notified from threads."""
    groups = []
    for start in range(0, number, at_once):
        group = Apprise()
        for n in range(start, min(start + at_once, number)):
            assert group.add(f"json://127.0.0.1:{port}/sms?:to=1555{n:07d}")
        groups.append(group)
    for group in groups:
        assert group.notify(body=TEXT)


def mail(port: str, number: int) -> None:
    """Send to everybody over the one connection that the object opens."""
    to = ",".join(f"person.{n}@mail.example" for n in range(number))
    one = Apprise()
    assert one.add(
        f"mailto://127.0.0.1:{port}?from=warning@demo-harbour.example&mode=insecure&to={to}"
    )
    assert one.notify(body=TEXT, title="Storm surge")


if __name__ == "__main__":
    logging.disable()
    what, port, number, at_once = sys.argv[1:]
    if what == "json":
        post(port, int(number), int(at_once))
    else:
        mail(port, int(number))
