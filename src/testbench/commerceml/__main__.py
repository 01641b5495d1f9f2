"""`python -m testbench.commerceml URL --user a1b2c3d4 --password fk_… [--items 1000]`: one whole exchange."""

import argparse
import sys

from testbench.commerceml.client import Accounting, FailureError
from testbench.commerceml.export import archive, goods_file, offers_file, price_list


def main() -> int:
    """Send an invented price list in an archive, and print what the site says of each document."""
    parser = argparse.ArgumentParser(prog="python -m testbench.commerceml", description=__doc__)
    parser.add_argument("url", help="such as http://127.0.0.1:8000/exchange/1c/")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--items", type=int, default=1000)
    asked = parser.parse_args()
    base = Accounting(asked.url, asked.user, asked.password)
    lines = list(price_list(asked.items))
    packed = archive({"import.xml": goods_file(lines), "offers.xml": offers_file(lines)})
    try:
        base.begin()
        base.send("v8_1.zip", packed)
        for name in ("import.xml", "offers.xml"):
            sys.stdout.write(f"{name}: {base.have_imported(name)}\n")
        sys.stdout.write(f"complete: {base.end()}\n")
    except (FailureError, OSError) as error:
        sys.stderr.write(f"testbench.commerceml: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
