"""The command line: arguments, exit codes and what the screen shows. No choice that changes a number.

Heavy rooms are imported inside the commands, so that `--help` answers at once.
"""

from ipscausal.cli.entry import main

__all__ = ["main"]
