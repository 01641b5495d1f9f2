"""What people type of reviews, as it is kept."""


def as_lines(text: str) -> str:
    """Return a text of several lines without what nobody sees: blanks at ends of lines, and around it all."""
    return "\n".join(line.rstrip() for line in text.replace("\0", "").splitlines()).strip()
