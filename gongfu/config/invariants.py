"""The invariants as queries: each must find nothing (quality I1 to I7, I9, I10, I12 to I14)."""

from __future__ import annotations

import hashlib
from itertools import islice

from django.db import connection

from gongfu.base.audit import actions as audit
from gongfu.base.cases import queries as cases
from gongfu.base.kit import vault
from gongfu.base.tasks import queries as tasks
from gongfu.base.trails import queries as trails
from gongfu.config.modules import BASE, MODULES

LIMIT = 20
QUERIES: dict[str, tuple[str, ...]] = {
    "I1": (
        "SELECT 'message without one log entry', m.id FROM intake_message m WHERE (SELECT count(*) FROM audit_entry e WHERE e.verb = 'intake.accept' AND e.subject = 'message:' || m.id) <> 1",
        "SELECT 'message without its bytes', m.id FROM intake_message m WHERE NOT EXISTS (SELECT FROM intake_original o WHERE o.message_id = m.id)",
        "SELECT 'decided message without a receipt for each document', m.id FROM intake_message m WHERE m.state <> 'received' AND m.channel <> 'customs' AND m.documents > "
        "(SELECT count(*) FROM intake_receipt r WHERE r.message_id = m.id AND r.batch = (SELECT f.batch FROM intake_receipt f WHERE f.message_id = m.id "
        "AND f.origin = 'platform' ORDER BY f.id LIMIT 1)) AND EXISTS (SELECT FROM intake_receipt r WHERE r.message_id = m.id)",
    ),
    "I2": (
        "SELECT 'sender and guid twice', sender_code || ' ' || guid FROM intake_message WHERE guid <> '' GROUP BY sender_code, guid HAVING count(*) > 1",
        "SELECT 'row of a feed with no or several current versions', min(id) FROM feeds_row GROUP BY feed_id, key HAVING count(*) FILTER (WHERE current) <> 1 OR max(version) <> count(*)",
        "SELECT 'list matched with a parcel that is not current', d.id FROM feeds_duplicate d JOIN feeds_row r ON r.id = d.row_id WHERE d.declaration IS NOT NULL AND NOT r.current",
        "SELECT 'message without its key', m.id FROM intake_message m WHERE NOT EXISTS (SELECT FROM intake_messagekey k WHERE k.message_id = m.id)",
        "SELECT 'two live lists of one order', ebp_code || ' ' || order_no FROM declarations_declaration WHERE state NOT IN ('refused', 'rejected', 'failed', 'cancelled') GROUP BY ebp_code, order_no HAVING count(*) > 1",
    ),
    "I11": (
        "SELECT 'receipt for another firm than the sender', r.id FROM intake_receipt r JOIN intake_message m ON m.id = r.message_id WHERE r.party_code <> m.sender_code",
    ),
    "I3": ("SELECT 'key and message differ', k.message_id FROM intake_messagekey k JOIN intake_message m ON m.id = k.message_id WHERE k.sha256 <> m.sha256",),
    "I4": (
        "SELECT 'released twice', declaration_id FROM declarations_move WHERE state = 'released' GROUP BY declaration_id HAVING count(*) > 1",
        "SELECT 'left released for another state', declaration_id FROM declarations_move WHERE before IN ('released', 'closed') AND state NOT IN ('closed', 'returned')",
        "SELECT 'state is not the last move', d.id FROM declarations_declaration d WHERE d.state <> (SELECT m.state FROM declarations_move m WHERE m.declaration_id = d.id ORDER BY m.id DESC LIMIT 1)",
    ),
    "I5": (
        "SELECT 'account beyond its limit', id FROM ledgers_account WHERE reserved_fen + committed_fen > limit_fen OR reserved_fen < 0 OR committed_fen < 0",
        "SELECT 'released import without counted quota', d.id FROM declarations_declaration d WHERE d.flow = 'I' AND d.state IN ('released', 'closed') AND NOT EXISTS "
        "(SELECT FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = 'quota' AND m.subject = d.id::text AND m.verb = 'commit')",
    ),
    "I6": (
        "SELECT 'order that does not add up', id FROM trade_order WHERE order_type = 'I' AND paid_fen <> goods_fen + freight_fen + tax_fen - discount_fen",
        "SELECT 'account differs from its entries', a.id FROM ledgers_account a LEFT JOIN LATERAL (SELECT "
        "coalesce(sum(CASE verb WHEN 'reserve' THEN amount_fen WHEN 'commit' THEN -amount_fen WHEN 'release' THEN -amount_fen ELSE 0 END), 0) AS r, "
        "coalesce(sum(CASE verb WHEN 'commit' THEN amount_fen WHEN 'reverse' THEN -amount_fen ELSE 0 END), 0) AS c FROM ledgers_movement WHERE account_id = a.id) s ON true "
        "WHERE a.reserved_fen <> s.r OR a.committed_fen <> s.c",
        "SELECT 'subject got back more than it used', min(id) FROM ledgers_movement WHERE verb IN ('commit', 'reverse') GROUP BY account_id, subject "
        "HAVING sum(CASE verb WHEN 'commit' THEN amount_fen ELSE -amount_fen END) < 0",
        "SELECT 'slot oversold or differing from its bookings', s.id FROM bookings_slot s LEFT JOIN LATERAL (SELECT "
        "coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS h, coalesce(sum(quantity) FILTER (WHERE state = 'confirmed'), 0) AS c "
        "FROM bookings_booking WHERE slot_id = s.id) b ON true WHERE s.held <> b.h OR s.confirmed <> b.c OR b.h + b.c > s.capacity",
    ),
    "I7": (
        "SELECT 'import sent without its three documents', d.id FROM declarations_declaration d WHERE d.flow = 'I' AND d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND NOT ("
        "EXISTS (SELECT FROM trade_order o WHERE o.ebp_code = d.ebp_code AND o.order_no = d.order_no) AND "
        "EXISTS (SELECT FROM trade_payment p WHERE p.ebp_code = d.ebp_code AND p.order_no = d.order_no) AND "
        "EXISTS (SELECT FROM trade_waybill w WHERE w.logistics_code = d.logistics_code AND w.logistics_no = d.logistics_no))",
        "SELECT 'payment of two orders', pay_code || ' ' || pay_no FROM trade_payment WHERE NOT withdrawn GROUP BY pay_code, pay_no HAVING count(*) > 1",
        "SELECT 'waybill of two lists', logistics_code || ' ' || logistics_no FROM declarations_declaration WHERE state IN ('sent', 'accepted', 'released', 'closed') GROUP BY logistics_code, logistics_no HAVING count(*) > 1",
    ),
    "I9": (
        "SELECT 'ready list without outgoing work', d.id FROM declarations_declaration d WHERE d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND (SELECT count(*) FROM intake_outgoing o WHERE o.message_id = d.message_id AND d.guid = ANY(o.guids)) <> 1",
        "SELECT 'set aside without a reason', id FROM intake_outgoing WHERE state = 'dead' AND reason = ''",
        "SELECT 'received message without work', m.id FROM intake_message m WHERE m.state = 'received' AND NOT EXISTS (SELECT FROM events_work w WHERE w.lane = 'decode' AND (w.payload ->> 'message_id')::bigint = m.id)",
    ),
    "I13": (
        "SELECT 'filed product without the version it stands on', p.id FROM goods_product p WHERE p.home = '' AND p.version > 0 AND NOT EXISTS "
        "(SELECT FROM goods_version v WHERE v.product_id = p.id AND v.number = p.version AND v.facts ->> 'hs_code' = p.hs_code)",
        "SELECT 'move without who or why', id FROM declarations_move WHERE actor = '' OR origin = '' OR at IS NULL OR (why = '' AND origin <> 'customs')",
        "SELECT 'move that does not follow the one before', m.id FROM (SELECT id, before, lag(state, 1, '') OVER (PARTITION BY declaration_id ORDER BY id) AS last FROM declarations_move) m WHERE m.before <> m.last",
    ),
    "I14": (
        "SELECT 'delivery whose counts differ from its rows', d.id FROM feeds_delivery d WHERE d.accepted <> (SELECT count(*) FROM feeds_row r WHERE r.delivery_id = d.id)",
        "SELECT 'delivery whose rows do not add up', id FROM feeds_delivery WHERE state = 'read' AND rows <> accepted + repeated + refused",
        "SELECT 'delivery whose repeated rows have no evidence', d.id FROM feeds_delivery d WHERE d.state = 'read' AND d.repeated <> "
        "(SELECT count(*) FROM feeds_duplicate u WHERE u.delivery_id = d.id AND u.way IN ('key', 'inside'))",
        "SELECT 'read delivery against its declared totals', id FROM feeds_delivery WHERE state = 'read' AND NOT counted @> declared",
    ),
}  # fmt: skip
TEXT_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb') "
    f"AND table_name ~ '^({'|'.join(sorted({*BASE, *MODULES, 'gateway'} - {'access'}))})_'"
)
# An identity number by its shape, or a mobile number standing alone: what must never be in clear (I12).
PERSONAL = (
    r"(^|[^0-9A-Za-z])([1-6][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9X])([^0-9A-Za-z]|$)"
)


def violations() -> dict[str, list[str]]:
    """invariant → what violates it, at most 20 each; every list empty when all hold."""
    audit.seal_new()
    found: dict[str, list[str]] = {name: [] for name in (*QUERIES, "I10", "I12")}
    with connection.cursor() as cursor:
        for name, queries in QUERIES.items():
            for query in queries:
                cursor.execute(f"{query} LIMIT {LIMIT}")
                found[name] += [f"{what}: {which}" for what, which in cursor.fetchall()]
    found["I1"] += _altered_bytes()
    found["I10"] = [*audit.verify(), *trails.verify(), *islice(cases.all_broken(), LIMIT)][:LIMIT]
    found["I13"] += tasks.unsound()[:LIMIT]
    found["I12"] = _in_clear()
    return dict(sorted(found.items(), key=lambda one: int(one[0][1:])))


def _altered_bytes(sample: int = 500) -> list[str]:
    """Of the newest messages, those whose bytes no longer open or hash to what was answered."""
    faults = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.sha256, o.sealed FROM intake_message m JOIN intake_original o ON o.message_id = m.id ORDER BY m.id DESC LIMIT %s",
            [sample],
        )
        for number, sha, sealed in cursor.fetchall():
            if hashlib.sha256(vault.unseal(bytes(sealed), sha.encode())).hexdigest() != sha:
                faults.append(f"bytes of message {number} differ from their fingerprint")
    return faults


def _in_clear() -> list[str]:
    """Tables and columns that hold an identity number in clear."""
    faults = []
    with connection.cursor() as cursor:
        cursor.execute(TEXT_COLUMNS)
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~ %s', [PERSONAL])
            (count,) = cursor.fetchone() or (0,)
            if count:
                faults.append(f"{table}.{column}: {count} rows hold an identity number in clear")
    return faults
