"""Hand packages to one station, once each however often it is tried."""

from pathlib import Path

from channels.broadcast import drop
from channels.broadcast.answers import PROVIDER
from channels.broadcast.ledger import Entry, Ledger
from channels.broadcast.package import Package, sha256
from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import AttemptKey, Reason, Receipt, State


class Courier:
    """The way into one station's folder."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger

    def hand_over(self, package: Package, key: AttemptKey) -> Receipt:
        """Drop a package, or find that it was dropped before.

        Raises:
            TemporarySendError: the folder cannot be written now; nothing is in it.
            PermanentSendError: something else of that name is there; it was left alone.
            UnknownOutcome: it was dropped, but could not be read back.
        """
        try:
            if not drop.is_there(self._folder, package.name):
                self._ledger.note(package.name, Entry(key, package.manifest_sha256))
                drop.drop(self._folder, package)
                return self._proved(package)
        except FileExistsError:
            # Another process has just dropped it.
            pass
        except OSError as error:
            raise TemporarySendError(Reason.UNREACHABLE, _what(error)) from error
        return self._found(package, key)

    def look_up(self, key: AttemptKey, packages: tuple[str, ...]) -> Receipt | None:
        """Return a receipt if one of these packages lies there for this delivery.

        Raises:
            TemporarySendError: the folder cannot be read now.
        """
        try:
            for name in packages:
                entry = self._ledger.entry(name)
                ours = entry is not None and entry.key.delivery == key.delivery
                if ours and drop.is_there(self._folder, name):
                    return _receipt(name)
        except OSError as error:
            raise TemporarySendError(Reason.UNREACHABLE, _what(error)) from error
        return None

    def _proved(self, package: Package) -> Receipt:
        try:
            drop.settle(self._folder)
            whole = drop.read_back(self._folder, package)
        except FileNotFoundError:
            # The station was quick, and has taken it out already.
            return _receipt(package.name)
        except OSError as error:
            raise UnknownOutcome(Reason.FAULT, _what(error)) from error
        if not whole:
            raise UnknownOutcome(Reason.FAULT, "the package does not read back as it was written")
        return _receipt(package.name)

    def _found(self, package: Package, key: AttemptKey) -> Receipt:
        try:
            manifest = drop.published_manifest(self._folder, package)
            if manifest is None:
                raise PermanentSendError(
                    Reason.CONTENT, f"another package named {package.name} is there already"
                )
            drop.settle(self._folder)
            self._ledger.note(package.name, Entry(key, sha256(manifest)))
        except OSError as error:
            raise TemporarySendError(Reason.UNREACHABLE, _what(error)) from error
        return _receipt(package.name)


def _receipt(package: str) -> Receipt:
    # A dropped file is never more than handed off: nobody has heard it.
    return Receipt(State.HANDED_OFF, provider=PROVIDER, provider_ref=package)


def _what(error: OSError) -> str:
    return error.strerror or type(error).__name__
