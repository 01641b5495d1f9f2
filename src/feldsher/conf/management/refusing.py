"""A command of ours: a refusal of the product is one line on the terminal, never a traceback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feldsher.kernel.errors import DomainError, InvalidInputError


class RefusingCommand(BaseCommand):
    """Does `act` with the options that were typed; what it refuses ends the command with a sentence."""

    def act(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            self.act(options)
        except InvalidInputError as error:
            raise CommandError("; ".join(error.fields.values())) from error
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
