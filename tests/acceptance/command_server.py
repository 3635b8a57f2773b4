"""Runs commands of warnbroker, each in a process of its own that needs no start-up time.

Reads one JSON line for each command: argv, folder, environment, and files for stdout and
stderr. Answers with a line that holds the exit status. What a command imports is imported
here once; every command runs in a fork, so that none sees what another left behind.
"""

import json
import os
import sys

import warnbroker.app
import warnbroker.app.alone
import warnbroker.cap
import warnbroker.cli.check_pages
import warnbroker.cli.files
import warnbroker.cli.follow
import warnbroker.intake.subscriber_import
import warnbroker.log
import warnbroker.targeting  # noqa: F401  each is there to be shared by the forks
from warnbroker.cli import main


def run(wish: dict) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.chdir(wish["folder"])
        os.environ.clear()
        os.environ.update(wish["environment"])
        for number, name in ((1, wish["out"]), (2, wish["err"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.argv = ["warnbroker", *map(os.fsdecode, map(bytes.fromhex, wish["argv"]))]
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(99)
    os._exit(98)


for line in sys.stdin:
    answer = run(json.loads(line))
    print(answer, flush=True)  # noqa: T201  it is how the answer goes back
