"""The espeak-ng library behind a few methods; its licence wants it in a process of its own.

Only the runner imports this module. Constants are those of espeak-ng 1.52's speak_lib.h.
"""

import ctypes

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_UTF8 = 1
_END_PAUSE = 0x1000
_RATE = 1
_STOP = 1
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


MAX_SECONDS = 360
"""The longest recording that is made."""


class Espeak:
    """One engine; there can be one in a process."""

    def __init__(self) -> None:
        """Load the library of the ``espeakng-loader`` package.

        Raises:
            ImportError: the package is not installed.
            OSError: the library or its data cannot be loaded.
        """
        from espeakng_loader import get_data_path, get_library_path

        self._library = ctypes.CDLL(get_library_path())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._samples = bytearray()
        self._callback = _Callback(self._collect)
        data = get_data_path().encode()
        self.sample_rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT))
        if self.sample_rate <= 0:
            raise OSError("espeak-ng cannot load its data")
        self._library.espeak_SetSynthCallback(self._callback)

    def choose(self, voice: str, rate: int) -> bool:
        """Select a voice and its speed in words per minute; return whether it exists."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return False
        self._library.espeak_SetParameter(_RATE, rate, 0)
        return True

    def phonemes(self, text: str) -> str:
        """Return how the chosen voice reads a text, in the engine's ASCII phonemes.

        ``(en)`` marks a word that the voice could not read and left to English.
        """
        buffer = ctypes.create_string_buffer(text.encode())
        position = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses = []
        while position.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(position), _UTF8, 0)
            clauses.append(clause.decode("utf-8", "replace"))
        return "\n".join(filter(None, clauses))

    def synthesise(self, text: str) -> bytes:
        """Return a text read by the chosen voice, as 16-bit mono samples.

        Raises:
            OSError: the engine refused, or the recording became too long.
        """
        self._samples.clear()
        data = text.encode() + b"\0"
        status = self._library.espeak_Synth(
            data, len(data), 0, _POSITION_CHARACTER, 0, _UTF8 | _END_PAUSE, None, None
        )
        if status != 0 or self._library.espeak_Synchronize() != 0:
            raise OSError("espeak-ng could not read the text")
        if self._is_full():
            raise OSError(f"the recording would be longer than {MAX_SECONDS} s")
        return bytes(self._samples)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return _STOP if self._is_full() else 0

    def _is_full(self) -> bool:
        return len(self._samples) > MAX_SECONDS * self.sample_rate * 2
