"""The comparison of a staged price list with what we keep. Parameters are named: `source` is whose it is."""

from typing import Final

YIELD_SERVICES: Final = """
    WITH told AS (
        SELECT value FROM staged_goods UNION SELECT value FROM staged_offers
    ), away AS MATERIALIZED (
        SELECT id, value, service_id FROM directory_price_list_item
        WHERE source = %(source)s AND closed_at IS NOT NULL AND service_id IS NOT NULL)
    UPDATE directory_price_list_item i SET service_id = NULL, bound_by = ''
    FROM away JOIN told USING (value)
    JOIN directory_price_list_item o ON o.source = %(source)s AND o.service_id = away.service_id
         AND o.closed_at IS NULL
    WHERE i.id = away.id
"""
"""A line that may come back gives up a service that another line means by now."""

TAKE_GOODS: Final = """
    INSERT INTO directory_price_list_item AS i (
        id, source, value, good, name, article, article_key, code, code_key, is_service, amounts, bound_by,
        is_ignored, shown_in, closed_at)
    SELECT gen_random_uuid(), %(source)s, s.value, '', s.name, s.article, s.article_key, s.code, s.code_key,
           s.is_service, '{}', '', false,
           CASE WHEN %(is_full)s THEN %(exchange)s::uuid END,
           CASE WHEN s.is_deleted THEN %(now)s::timestamptz END
    FROM (SELECT DISTINCT ON (value) * FROM staged_goods ORDER BY value, number DESC) s
    ON CONFLICT (source, value) DO UPDATE SET
        name = excluded.name, article = excluded.article, article_key = excluded.article_key,
        code = excluded.code, code_key = excluded.code_key, is_service = excluded.is_service,
        shown_in = coalesce(excluded.shown_in, i.shown_in),
        closed_at = CASE WHEN excluded.closed_at IS NULL THEN NULL
                         ELSE coalesce(i.closed_at, excluded.closed_at) END
"""

TAKE_OFFERS: Final = """
    INSERT INTO directory_price_list_item AS i (
        id, source, value, good, name, article, article_key, code, code_key, is_service, amounts, bound_by,
        is_ignored, offered_in, closed_at)
    SELECT gen_random_uuid(), %(source)s, s.value, s.good, s.name, s.article, s.article_key, '', '',
           coalesce(g.is_service, true), s.amounts, '', false,
           CASE WHEN %(is_full)s THEN %(exchange)s::uuid END,
           CASE WHEN s.is_deleted THEN %(now)s::timestamptz ELSE g.closed_at END
    FROM (SELECT DISTINCT ON (value) * FROM staged_offers ORDER BY value, number DESC) s
    LEFT JOIN directory_price_list_item g ON g.source = %(source)s AND g.value = s.good AND s.good <> ''
    ON CONFLICT (source, value) DO UPDATE SET
        name = CASE WHEN i.good <> '' AND excluded.name <> '' THEN excluded.name ELSE i.name END,
        article = CASE WHEN i.good <> '' THEN excluded.article ELSE i.article END,
        article_key = CASE WHEN i.good <> '' THEN excluded.article_key ELSE i.article_key END,
        is_service = CASE WHEN i.good <> '' THEN excluded.is_service ELSE i.is_service END,
        amounts = CASE WHEN %(is_full)s AND i.offered_in IS DISTINCT FROM excluded.offered_in
                       THEN excluded.amounts ELSE i.amounts || excluded.amounts END,
        offered_in = coalesce(excluded.offered_in, i.offered_in),
        closed_at = CASE WHEN i.good = '' THEN i.closed_at
                         WHEN excluded.closed_at IS NULL THEN NULL
                         ELSE coalesce(i.closed_at, excluded.closed_at) END
"""
"""A good is opened and closed by lists of goods alone, its variants by offers and with their good."""

UNPRICE_DELETED: Final = """
    UPDATE directory_price_list_item i SET amounts = '{}'
    FROM staged_offers s WHERE i.source = %(source)s AND i.value = s.value AND s.is_deleted
"""

CLOSE_VARIANTS: Final = """
    UPDATE directory_price_list_item v SET closed_at = %(now)s
    FROM directory_price_list_item g
    WHERE v.source = %(source)s AND v.good <> '' AND v.closed_at IS NULL
      AND g.source = v.source AND g.value = v.good AND g.closed_at IS NOT NULL
"""

CLOSE_UNSHOWN: Final = """
    UPDATE directory_price_list_item i SET closed_at = %(now)s
    WHERE i.source = %(source)s AND i.good = '' AND i.closed_at IS NULL
      AND i.shown_in IS DISTINCT FROM %(exchange)s::uuid
      AND EXISTS (SELECT FROM directory_price_list_item o
                  WHERE o.source = i.source AND o.shown_in = %(exchange)s::uuid)
"""
"""No list that came back empty closes what it had."""

UNPRICE_UNOFFERED: Final = """
    UPDATE directory_price_list_item i
    SET amounts = '{}', closed_at = CASE WHEN i.good <> '' THEN %(now)s ELSE i.closed_at END
    WHERE i.source = %(source)s AND i.offered_in IS DISTINCT FROM %(exchange)s::uuid
      AND (i.amounts <> '{}' OR i.good <> '' AND i.closed_at IS NULL)
      AND EXISTS (SELECT FROM directory_price_list_item o
                  WHERE o.source = i.source AND o.offered_in = %(exchange)s::uuid)
"""

UNBIND: Final = """
    UPDATE directory_price_list_item i SET service_id = NULL
    WHERE i.source = %(source)s AND i.service_id IS NOT NULL AND i.bound_by = ''
      AND (i.closed_at IS NOT NULL OR NOT EXISTS (
          SELECT FROM known_services k WHERE k.service = i.service_id
          AND (k.is_id AND k.key = i.value OR NOT k.is_id AND k.key IN (i.article_key, i.code_key))))
"""
"""What a code or an id said holds while it says so; staff's word holds until they take it back."""

BIND: Final = """
    WITH loose AS (
        SELECT i.id, i.value, i.good, i.article_key, i.code_key FROM directory_price_list_item i
        WHERE i.source = %(source)s AND i.service_id IS NULL AND i.closed_at IS NULL AND NOT i.is_ignored
          AND i.is_service AND NOT EXISTS (
              SELECT FROM directory_price_list_item v
              WHERE v.source = i.source AND v.good = i.value AND v.good <> '' AND v.closed_at IS NULL)
    ), candidate AS (
        SELECT i.id AS item, k.service, k.is_id FROM loose i
        JOIN known_services k ON k.is_id AND k.key = i.value
        UNION
        SELECT i.id, k.service, k.is_id FROM loose i
        JOIN known_services k ON NOT k.is_id AND k.key = i.article_key WHERE i.good = ''
        UNION
        SELECT i.id, k.service, k.is_id FROM loose i
        JOIN known_services k ON NOT k.is_id AND k.key = i.code_key WHERE i.good = ''
    ), meant AS (
        SELECT item, min(service::text)::uuid AS service, bool_or(is_id) AS is_id
        FROM (SELECT *, bool_or(is_id) OVER (PARTITION BY item) AS has_id FROM candidate) c
        WHERE is_id = has_id GROUP BY item HAVING count(DISTINCT service) = 1
    ), single AS (
        SELECT min(item::text)::uuid AS item, service
        FROM (SELECT *, bool_or(is_id) OVER (PARTITION BY service) AS has_id FROM meant) m
        WHERE is_id = has_id GROUP BY service HAVING count(*) = 1
    )
    UPDATE directory_price_list_item i SET service_id = s.service
    FROM single s
    WHERE i.id = s.item AND NOT EXISTS (
        SELECT FROM directory_price_list_item t
        WHERE t.source = i.source AND t.service_id = s.service AND t.closed_at IS NULL)
"""
"""An id speaks before a code. What could mean two services is left to staff, as are two lines for one."""

WANT: Final = """
    INSERT INTO wanted_prices (service, location, practitioner, amount)
    SELECT i.service_id, t.location, NULL, (i.amounts ->> t.type)::numeric
    FROM directory_price_list_item i
    JOIN unnest(%(types)s::text[], %(locations)s::uuid[]) AS t (type, location) ON i.amounts ? t.type
    WHERE i.source = %(source)s AND i.service_id IS NOT NULL AND i.closed_at IS NULL
"""

UNKNOWN: Final = """
    SELECT count(*) FROM directory_price_list_item i
    WHERE i.source = %(source)s AND i.service_id IS NULL AND i.closed_at IS NULL AND i.is_service
      AND NOT i.is_ignored
      AND NOT EXISTS (SELECT FROM directory_price_list_item v
                      WHERE v.source = i.source AND v.good = i.value AND v.good <> '' AND v.closed_at IS NULL)
"""
