"""What people type, as it is kept: without what nobody sees."""


def one_line(text: str) -> str:
    """Return a text of one line: no NUL, no outer or repeated blanks."""
    return " ".join(text.replace("\0", "").split())


def as_lines(text: str) -> str:
    """Return a text of several lines, LF between them: no NUL, no blanks at their ends and around it all."""
    return "\n".join(line.rstrip() for line in text.replace("\0", "").splitlines()).strip()
