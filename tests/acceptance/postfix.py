"""A mail server of Debian's, Postfix, as a process of its own with a configuration of its own."""

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiosmtplib

MASTER = Path("/usr/lib/postfix/sbin/master")
QUEUES = (
    *("incoming", "active", "bounce", "corrupt", "defer", "deferred", "flush"),
    *("hold", "saved", "trace", "private"),
)
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""
SETTINGS = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/log
maillog_file_prefixes = {root}
myhostname = relay.example
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maximal_queue_lifetime = 0
bounce_queue_lifetime = 1h
minimal_backoff_time = 1s
virtual_mailbox_domains = home.example
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{{ {routes} }}
virtual_alias_maps = inline:{{ {aliases} }}
"""

NO_ALIASES: Mapping[str, str] = {}


def missing() -> str:
    """Return why it cannot be run here; nothing if it can."""
    if not MASTER.exists():
        return "Postfix is not installed (Debian package postfix)"
    return "" if os.geteuid() == 0 else "Postfix can be started by root only"


@contextlib.asynccontextmanager
async def postfix(
    port: int,
    mailboxes: list[str],
    routes: Mapping[str, int],
    aliases: Mapping[str, str] = NO_ALIASES,
) -> AsyncIterator[Path]:
    """Run it on a port; mails for a domain of ``routes`` go to a port here. Yield its folder.

    Mails for an address of ``aliases`` go on to those that stand there, parted by commas.
    """
    # Below a folder that its own user may enter.
    root = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
    try:
        _lay_out(root, port, mailboxes, routes, aliases)
        master = await asyncio.create_subprocess_exec(MASTER, "-c", root / "conf", "-d")
        try:
            await _greeted(port)
            yield root
        finally:
            master.terminate()
            await master.wait()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def port_of(root: Path) -> int:
    """Return where it listens."""
    return int((root / "conf" / "master.cf").read_text().partition(" ")[0].rpartition(":")[2])


async def hand_over(port: int, author: str, to: str, content: str) -> None:
    """Send a mail as anybody may."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        await client.sendmail(author, [to], content)


def delivered(root: Path, mailbox: str) -> list[bytes]:
    return [path.read_bytes() for path in (root / "mail" / mailbox / "new").glob("*")]


def _lay_out(
    root: Path,
    port: int,
    mailboxes: list[str],
    routes: Mapping[str, int],
    aliases: Mapping[str, str],
) -> None:
    root.chmod(0o755)
    owner, drop = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
    for name in ("conf", "queue", "queue/pid", "data", "mail"):
        (root / name).mkdir(mode=0o755)
    os.chown(root / "data", owner, -1)
    os.chown(root / "mail", 65534, -1)
    for name in QUEUES:
        (root / "queue" / name).mkdir(mode=0o700)
        os.chown(root / "queue" / name, owner, -1)
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        (root / "queue" / name).mkdir()
        os.chown(root / "queue" / name, owner, drop)
        (root / "queue" / name).chmod(mode)
    boxes = ", ".join(f"{{ {box} = {box.partition('@')[0]}/ }}" for box in mailboxes)
    ways = ", ".join(f"{{ {domain} = smtp:[127.0.0.1]:{to} }}" for domain, to in routes.items())
    others = ", ".join(f"{{ {address} = {to} }}" for address, to in aliases.items())
    settings = SETTINGS.format(root=root, mailboxes=boxes, routes=ways, aliases=others)
    (root / "conf" / "main.cf").write_text(settings)
    (root / "conf" / "master.cf").write_text(SERVICES.format(port=port))


async def _greeted(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                greeting = await reader.readline()
                writer.close()
                if greeting.startswith(b"220"):
                    return
            await asyncio.sleep(0.05)
