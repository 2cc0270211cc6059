"""`python -m pliant`: the same as `pliant`."""

import sys

from pliant.cli import main

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working directory: files there are data, whatever their names
    main()
