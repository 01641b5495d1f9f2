"""The warning that 38-ФЗ, art. 24, part 7 wants beside every advertisement of a medical service."""

from typing import Final

WARNING: Final = "Имеются противопоказания. Необходима консультация специалиста"
