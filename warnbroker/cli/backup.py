"""``warnbroker backup`` and ``restore``: the database and the keys that we have made."""

import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from warnbroker.cli.backup_files import CHANNEL_KEYS, Kept, copy_database, fresh, kept, prove
from warnbroker.cli.terminal import ConfigOption, operator, out, run
from warnbroker.errors import ConfigError
from warnbroker.settings import Settings, load

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


def backup(directory: Folder, config: ConfigOption = None) -> None:
    """Copy the database, also while the broker runs, and the keys that the broker has made."""
    database, *keys = files = kept(load(config))
    _stay_apart(directory, files)
    for file in (database, keys[0]):
        if not file.place.exists():
            raise ConfigError(f"store.url: there is no {file.place} to back up")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Whole under another name first: an older backup stays good until this one is.
    copy = copy_database(database.place, directory / database.name)
    present = [key for key in keys if key.place.exists()]
    copies = [_copy(key.place, directory / key.name) for key in present]
    _clear(directory, {key.name for key in present}, keys)
    for key, whole in zip(present, copies, strict=True):
        whole.replace(directory / key.name)
    copy.replace(directory / database.name)
    out.print(Text.assemble(("Backed up", "green"), f" to {directory}"), soft_wrap=True)
    held = ", ".join(key.what for key in present)
    out.print(f"It holds keys ({held}): keep it safe.", soft_wrap=True)


def restore(directory: Folder, config: ConfigOption = None) -> None:
    """Put a backup in place of the database; the broker must not run."""
    from warnbroker.store.lease import hold_file

    settings = load(config)
    files = kept(settings)
    _stay_apart(directory, files)
    prove(directory, files)
    there = [file for file in files if (directory / file.name).exists()]
    database = files[0].place
    with hold_file(database):
        copies = [_copy(directory / file.name, file.place) for file in there]
        for suffix in ("-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        for file, copy in zip(there, copies, strict=True):
            copy.replace(file.place)
    run(_record_restore(settings))
    out.print(Text.assemble(("Restored", "green"), f" from {directory}"), soft_wrap=True)
    for name in sorted(_unplaced(directory, files)):
        said = f"{name} stays there: no key_file of that channel is set."
        out.print(Text(said, "yellow"), soft_wrap=True)


async def _record_restore(settings: Settings) -> None:
    from warnbroker.app.anchoring import restored
    from warnbroker.app.ledger import open_ledger
    from warnbroker.contracts.clock import SystemClock

    clock = SystemClock()
    async with open_ledger(settings, clock) as store:
        await restored(settings, store, operator(), clock)


def _copy(source: Path, place: Path) -> Path:
    """Copy a file to beside a place; return where it lies whole."""
    copy = fresh(place)
    shutil.copyfile(source, copy)
    return copy


def _clear(directory: Path, present: set[str], keys: Iterable[Kept]) -> None:
    """Remove what an older backup held and is there no more, such as the key of a channel."""
    gone = {key.name for key in keys} | {file.name for file in directory.glob(CHANNEL_KEYS)}
    for name in gone - present:
        (directory / name).unlink(missing_ok=True)


def _unplaced(directory: Path, files: Iterable[Kept]) -> set[str]:
    return {file.name for file in directory.glob(CHANNEL_KEYS)} - {file.name for file in files}


def _stay_apart(directory: Path, files: Iterable[Kept]) -> None:
    """Refuse the folder of the database itself, where a backup would take its place."""
    own = (file for file in files if not fnmatch(file.name, CHANNEL_KEYS))
    if directory.resolve() in {file.place.resolve().parent for file in own}:
        raise ConfigError(f"{directory}: the database itself lives there; name another folder")
