"""Run a function in a Python process of its own, so that heavy work leaves the event loop free."""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


class ChildError(RuntimeError):
    """The process ended without an answer."""


async def in_child(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a module's function returns, called in a new process.

    Function, arguments and answer travel as pickles between this program and itself. When
    the caller is cancelled, the process is killed. What the function raises is raised here.

    Raises:
        ChildError: the process died, or was killed.
    """
    paths = os.pathsep.join(filter(None, sys.path))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        answer, words = await process.communicate(pickle.dumps((work, args, kwargs)))
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        raise
    if process.returncode != 0 or not answer:
        last = words.decode(errors="replace").strip().rpartition("\n")[2]
        raise ChildError(f"the process ended with status {process.returncode}: {last}")
    fine, result = pickle.loads(answer)  # noqa: S301  written by our own child
    if not fine:
        raise result
    return cast(T, result)


def main() -> None:
    """Read a call from standard input, make it, write the answer to standard output."""
    # Whatever the work prints must not end up between the answer's bytes.
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    work, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301  written by our parent
    try:
        answer = (True, work(*args, **kwargs))
    # Whatever it is, the parent must hear of it: it is raised again there.
    except Exception as error:
        answer = (False, error)
    out.write(pickle.dumps(answer))


if __name__ == "__main__":
    main()
