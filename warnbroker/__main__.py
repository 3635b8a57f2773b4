"""Run the command line: ``python -m warnbroker``."""

from warnbroker.cli import main

main()
