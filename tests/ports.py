"""Ports for programs that must be told one."""

import itertools
import secrets
import socket

# Below what systems give to outgoing connections: a port of theirs may be taken again before the
# program that is to listen there has started.
_PORTS = range(15_000, 32_000)
# Other runs of the tests begin elsewhere.
_turn = itertools.count(secrets.randbelow(len(_PORTS)))


def free_port() -> int:
    """Return a port on which nobody listens and that no connection will take."""
    for turn in itertools.islice(_turn, len(_PORTS)):
        port = _PORTS[turn % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")
