"""``warnbroker migrate``: bring the database to the schema of this release."""

from warnbroker.cli.terminal import ConfigOption, out, run
from warnbroker.settings import Settings, load


def migrate(config: ConfigOption = None) -> None:
    """Bring the database to the schema of this release."""
    run(_migrate(load(config)))
    out.print("[green]The database is at the newest schema.[/]")


async def _migrate(settings: Settings) -> None:
    from warnbroker.app import open_ledger

    async with open_ledger(settings):
        pass
