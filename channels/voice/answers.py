"""What Twilio is answered during a call: the words, again, in another language, or thanks."""

from dataclasses import dataclass, replace

from channels.voice.address import CallAddress, Step
from channels.voice.receipts import CONFIRMING_KEY, LANGUAGE_KEYS
from channels.voice.scripts import Scripts
from channels.voice.sheet import Sheet
from channels.voice.speech import announcement, asked_again, said
from warnbroker.contracts import Clock


@dataclass(frozen=True, slots=True)
class Answers:
    """Says what a call goes on with; never the words of a warning that is over."""

    scripts: Scripts
    clock: Clock

    def words(self, alert: str, address: CallAddress, url: str) -> str:
        """Return the words of a call that were too long for its request."""
        sheet = self.scripts.get(address.sheet)
        return self._over(alert, address, sheet) or self._told(sheet, address, url)

    def key(self, alert: str, address: CallAddress, digits: str, url: str) -> str:
        """Return what a pressed key is answered with."""
        sheet = self.scripts.get(address.sheet)
        ended = self._ended(alert, address)
        if ended:
            return ended
        if digits == CONFIRMING_KEY:
            voice = self.scripts.voice(address.language)
            own = sheet.in_language(address.language).thanks if sheet else ""
            return said(voice, own or voice.thanks)
        over = self._over(alert, address, sheet)
        if over:
            return over
        other = sheet.after(address.language) if sheet and digits in LANGUAGE_KEYS else None
        heard = replace(address, language=other.language) if other else address
        return self._told(sheet, heard, url)

    def _told(self, sheet: Sheet | None, address: CallAddress, url: str) -> str:
        here = url.partition("?")[0]
        action = f"{here}?{replace(address, step=Step.KEY).query}"
        if sheet is None:
            return asked_again(self.scripts.voice(address.language), action)
        public_url = here.partition("/receipts/")[0]
        return announcement(self.scripts.programme(sheet, address.language, public_url), action)

    def _over(self, alert: str, address: CallAddress, sheet: Sheet | None) -> str:
        """Return what to say in place of a warning that was called off or has expired."""
        if sheet is not None and sheet.expires <= self.clock.now():
            voice = self.scripts.voice(address.language)
            return said(voice, voice.goodbye)
        return self._ended(alert, address)

    def _ended(self, alert: str, address: CallAddress) -> str:
        ending = self.scripts.ending(alert)
        if ending is None:
            return ""
        words = ending.in_language(address.language)
        return said(self.scripts.voice(words.language), words.script)
