"""Render templates in a sandbox, with every failure as one line that names file and line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from warnbroker.errors import TemplateError
from warnbroker.render.shorten import fit, shorten

MAX_OUTPUT = 200_000
"""The most characters that one part may have."""
SHIPPED = "shipped"
"""The folder under which an overriding template finds the shipped ones."""


class Sandbox(ImmutableSandboxedEnvironment):
    """A Jinja environment whose templates reach nothing but the facts and grow nothing huge."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute ``*``, ``**`` and ``%`` for numbers only; on texts they can fill the memory."""
        numbers = all(isinstance(side, int | float) and abs(side) < 1e9 for side in (left, right))
        if not numbers or (operator == "**" and right > 64):
            raise SecurityError(f"{operator} is for small numbers only")
        return super().call_binop(context, operator, left, right)


class _Compiled(BytecodeCache):
    """Keeps compiled templates for all environments of the process; they compile alike."""

    codes: ClassVar[dict[tuple[str, str], CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with the code of the same name and source, if there is any."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code:
            self.codes[bucket.key, bucket.checksum] = bucket.code


def environment(shipped: Path, overrides: Path | None = None) -> Sandbox:
    """Return an environment over the shipped templates, with an operator's before them.

    A template is read once: a change takes a restart, so what was checked is what is used.
    """
    own = FileSystemLoader(shipped)
    loaders: list[BaseLoader] = [own, PrefixLoader({SHIPPED: own})]
    if overrides:
        loaders.insert(0, FileSystemLoader(overrides))
    sandbox = Sandbox(
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
        bytecode_cache=_Compiled(),
    )
    sandbox.filters |= {"shorten": _on_plain(shorten), "fit": _on_plain(fit)}
    return sandbox


def _on_plain(cut: Callable[..., str]) -> Callable[..., str]:
    """Make a filter work on what a text says, where it comes escaped for HTML."""

    def filtered(text: Any, *arguments: Any) -> str:
        texts = [text] if isinstance(text, str) else list(text)
        if not any(isinstance(piece, Markup) for piece in texts):
            return cut(text, *arguments)
        plain = [piece.unescape() if isinstance(piece, Markup) else piece for piece in texts]
        return escape(cut(plain[0] if isinstance(text, str) else plain, *arguments))

    return filtered


def rendered(sandbox: Environment, name: str, facts: Mapping[str, object]) -> str:
    """Render one template.

    Raises:
        TemplateError: it is missing or broken, touches what it may not, or says too much.
    """
    try:
        return _limited(sandbox.get_template(name).generate(facts))
    # A template is a program of the operator's: it can raise anything.
    except Exception as error:
        raise TemplateError(_fault(sandbox, name, error)) from error


def _limited(pieces: Iterable[str]) -> str:
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_OUTPUT:
            raise SecurityError(f"says more than {MAX_OUTPUT} characters")
        kept.append(piece)
    return "".join(kept)


def _fault(sandbox: Environment, name: str, error: Exception) -> str:
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or path_of(sandbox, name)}:{error.lineno}: {error.message}"
    file, line = _place(error) or (path_of(sandbox, name), 0)
    problem = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        problem = f"there is no template {', '.join(_names(error))}"
    return f"{file}:{line}: {problem}" if line else f"{file}: {problem}"


def _place(error: Exception) -> tuple[str, int] | None:
    """Return the innermost template file and line that an error came through."""
    place = None
    trace = error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = (file, trace.tb_lineno)
        trace = trace.tb_next
    return place


def path_of(sandbox: Environment, name: str) -> str:
    """Return the file that a template comes from, else its name."""
    try:
        return (sandbox.loader and sandbox.loader.get_source(sandbox, name)[1]) or name
    # An unreadable file is named as it was asked for.
    except (TemplateNotFound, OSError, UnicodeDecodeError):
        return name


def _names(error: TemplateNotFound) -> Sequence[str]:
    return getattr(error, "templates", None) or [str(error.name)]
