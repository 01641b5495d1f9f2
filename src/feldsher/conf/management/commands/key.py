"""`key add NAME --scope slots:read`, `end PREFIX`, `list`: keys of partners. A key is printed once."""

from argparse import ArgumentParser
from typing import Any

from feldsher.channels.api.fields import CHANNELS
from feldsher.conf.management.refusing import RefusingCommand
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiScope


class Command(RefusingCommand):
    help = "Make a key for a partner, end one, list them all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="act")
        add = acts.add_parser("add", help="make a key; prints it once")
        add.add_argument("name", help="whose it is")
        scopes = [scope.value for scope in ApiScope]
        add.add_argument("--scope", action="append", default=[], choices=scopes, help="what it opens")
        add.add_argument("--channel", action="append", default=[], choices=CHANNELS, help="books through")
        acts.add_parser("end", help="end a key for good").add_argument("prefix")
        acts.add_parser("list", help="every key")

    def act(self, options: dict[str, Any]) -> None:
        if options["act"] == "add":
            scopes = [ApiScope(scope) for scope in options["scope"]]
            card, key = api_keys.issue_key(options["name"], scopes=scopes, channels=options["channel"])
            self.stdout.write(f"{card.prefix}: {key} (shown once)")
        elif options["act"] == "end":
            card = api_keys.end_key(options["prefix"])
            self.stdout.write(f"{card.prefix}: ended; a process that used it a moment ago forgets it in 10 s")
        else:
            for card in api_keys.all_keys():
                opens = ",".join(sorted(card.scopes))
                channels = ",".join(sorted(card.channels)) or "any channel"
                used = f"used {card.last_used_at:%Y-%m-%d}" if card.last_used_at else "never used"
                state = f"ended {card.ended_at:%Y-%m-%d}" if card.ended_at else used
                self.stdout.write(f"{card.prefix}  {card.name:<24} {opens}  {channels}  {state}")
