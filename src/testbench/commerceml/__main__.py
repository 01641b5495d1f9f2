"""`python -m testbench.commerceml URL --user … --password … [--items 1000 | --orders]`: one exchange."""

import argparse
import sys
from collections.abc import Iterator

from testbench.commerceml.client import Accounting, FailureError
from testbench.commerceml.export import archive, goods_file, offers_file, price_list
from testbench.commerceml.orders import Said


def main() -> int:
    """Send an invented price list in an archive, or take orders and answer them; print what the site says."""
    parser = argparse.ArgumentParser(prog="python -m testbench.commerceml", description=__doc__)
    parser.add_argument("url", help="such as http://127.0.0.1:8000/exchange/1c/")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--orders", action="store_true", help="take the visits that are due, and answer them")
    asked = parser.parse_args()
    base = Accounting(asked.url, asked.user, asked.password, topic="sale" if asked.orders else "catalog")
    try:
        for line in _orders(base) if asked.orders else _price_list(base, asked.items):
            sys.stdout.write(f"{line}\n")
    except (FailureError, OSError) as error:
        sys.stderr.write(f"testbench.commerceml: {error}\n")
        return 1
    return 0


def _price_list(base: Accounting, items: int) -> Iterator[str]:
    lines = list(price_list(items))
    base.begin()
    base.send("v8_1.zip", archive({"import.xml": goods_file(lines), "offers.xml": offers_file(lines)}))
    for name in ("import.xml", "offers.xml"):
        yield f"{name}: {base.have_imported(name)}"
    yield f"complete: {base.end()}"


def _orders(base: Accounting) -> Iterator[str]:
    """Take every order as it stands: the same sum, cancelled where the site has cancelled it."""
    orders = base.take_orders()
    for order in orders:
        yield f"{order.number}: {order.day}, {order.amount}, {order.values.get('Статус заказа', '')}"
    said = [
        Said(
            id=order.id,
            number=order.number,
            number_there=f"ВК-{int(order.number):06}",
            amount=str(order.amount),
            is_cancelled=order.is_cancelled,
        )
        for order in orders
    ]
    yield f"orders.xml: {base.tell(said)}"


if __name__ == "__main__":
    sys.exit(main())
