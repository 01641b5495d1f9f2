from feldsher.kernel.typed import as_lines, one_line


def test_a_line_has_neither_nul_nor_blanks_that_nobody_sees() -> None:
    assert one_line(" ООО\r\n\t «Вы\0думка»  \u00a0") == "ООО «Выдумка»"


def test_lines_of_a_browser_are_one_character_apart() -> None:
    assert as_lines("\r\nСто человек, \r\n\r\nдва\0 цеха.\r\n ") == "Сто человек,\n\nдва цеха."
