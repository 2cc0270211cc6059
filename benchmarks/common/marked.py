"""Pages that are written by hand, but for a part between two marks."""

from __future__ import annotations


def replaced(page: str, command: str, text: str) -> str:
    """Return a page with `text` as the part that `command` writes."""
    begin = f"<!-- figures: written by `{command}` -->\n"
    end = "<!-- end of figures -->\n"
    if begin not in page:
        raise ValueError(f"expected the page to have the line {begin!r}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
