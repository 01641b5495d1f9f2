"""The door to reviews that nobody has published: for who moderates them, and for our own machinery.

Published ones are in everybody's reach (sql/reviews.sql): pages ask for them in SQL of their own.
"""

from feldsher.foundation.privacy.rows import ClosedManager, Row, Rows

REVIEWS = Rows("reviews")


class ReviewManager(ClosedManager[Row]):
    rows = REVIEWS
