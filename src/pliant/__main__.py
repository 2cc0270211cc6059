"""`python -m pliant`: the same as `pliant`."""

from pliant.cli import main

if __name__ == "__main__":
    main()
