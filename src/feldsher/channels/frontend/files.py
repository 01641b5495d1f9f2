"""What every file of a table shares."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: one that begins like it gets an apostrophe."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
