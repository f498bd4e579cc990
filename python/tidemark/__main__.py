"""`python -m tidemark sync`: delivers spool files that were left over."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .leftovers import left_over
from .notices import Notices
from .sender import Closing
from .settings import DEFAULT_URL, spool_folder
from .sync import deliver
from .transport import check_url
from .version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        The exit code: 0 when everything was delivered or is in use, 1 when something was kept, 2 for a wrong argument.
    """
    parser = argparse.ArgumentParser(prog="python -m tidemark", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True)
    sync = commands.add_parser("sync", help="deliver the spool files in a folder")
    sync.add_argument("folder", nargs="?", metavar="DIR", help="default: TIDEMARK_DIR, or ~/.tidemark/spool")
    sync.add_argument("--url", default=os.environ.get("TIDEMARK_URL") or DEFAULT_URL, help="default: %(default)s")
    sync.add_argument("--token", default=os.environ.get("TIDEMARK_TOKEN"), help="default: TIDEMARK_TOKEN")
    sync.add_argument("--timeout", type=float, default=600.0, help="seconds for one file; default: %(default)s")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    try:
        url = check_url(options.url)
    except ValueError as error:
        parser.error(str(error))
    return _sync(spool_folder(options.folder), url, options.token, options.timeout)


def _sync(folder: Path, url: str, token: str | None, timeout: float) -> int:
    counts: Counter[str] = Counter()
    for path in left_over(folder):
        closing = Closing()
        closing.ask(timeout)
        outcome = deliver(path, url, token, closing, Notices())
        counts[outcome] += 1
        print(f"{path.name}: {outcome}")
    print(f"{folder}: {counts['delivered']} delivered, {counts['kept']} kept, {counts['in use']} in use")
    return 1 if counts["kept"] or counts["not a spool"] else 0


if __name__ == "__main__":
    sys.exit(main())
