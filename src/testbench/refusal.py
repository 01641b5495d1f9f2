class Refusal(Exception):  # noqa: N818 - not an error of the program but the simulator's answer to its caller
    """The simulator refuses a call; the text is what the caller reads, the code what programs read."""

    def __init__(self, text: str, *, code: str = "refused") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
