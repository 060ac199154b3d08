"""The invariants as queries: each must find nothing (quality I1 to I7, I9, I10, I12 to I14)."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import islice

import polars as pl
from cryptography.exceptions import InvalidTag
from django.db import connection

from gongfu.base.audit import actions as audit
from gongfu.base.cases import queries as cases
from gongfu.base.kit import vault
from gongfu.base.tasks import queries as tasks
from gongfu.base.trails import queries as trails
from gongfu.config.modules import BASE, MODULES
from gongfu.core.ceb.schema import RECEIPT_OF
from gongfu.reference.tables import parameters, table

LIMIT = 20
# Chains and clocks follow their rows by quiet work; while some of it waits, they may be behind.
UNHURRIED = "NOT EXISTS (SELECT FROM events_work WHERE lane IN ('match', 'file.flows', 'file.lists', 'chain', 'clocks') AND NOT dead)"
OFFICIAL = "extract(epoch FROM to_timestamp(nullif(left(returned_at, 14), '') || '+08', 'YYYYMMDDHH24MISSTZH'))"
# The seconds that each list spent in each state until its first end; a move told late counts as made at the moment of the one before (R-1206).
SPENT = (
    f"WITH told AS (SELECT declaration_id, id, state, max(coalesce({OFFICIAL}, floor(extract(epoch FROM at)))) OVER w AS s, "
    "count(*) FILTER (WHERE state IN ('released', 'closed', 'refused', 'rejected', 'returned', 'cancelled')) OVER w AS ended "
    "FROM declarations_move WINDOW w AS (PARTITION BY declaration_id ORDER BY id)), "
    "spent AS (SELECT *, lead(s) OVER (PARTITION BY declaration_id ORDER BY id) - s AS took FROM told), "
    "sums AS (SELECT declaration_id, state, sum(took) AS took FROM spent WHERE ended = 0 GROUP BY 1, 2) "
)
# Lists in these states hold no waybill: not yet sent, or ended without release.
UNSENT = "'waiting', 'held', 'refused', 'cancelled', 'rejected', 'failed', 'returned'"
QUERIES: dict[str, tuple[str, ...]] = {
    "I1": (
        "SELECT 'message without one log entry', m.id FROM intake_message m WHERE (SELECT count(*) FROM audit_entry e WHERE e.verb = 'intake.accept' AND e.subject = 'message:' || m.id) <> 1",
        "SELECT 'message without its bytes', m.id FROM intake_message m WHERE NOT EXISTS (SELECT FROM intake_original o WHERE o.message_id = m.id)",
        # the verdicts on the documents of one message are written together; what is said of a list later comes on top
        "SELECT 'decided message without one receipt for each document', m.id FROM intake_message m JOIN (SELECT unnest(string_to_array('{answered}', ' ')) AS type) t USING (type) "
        "WHERE m.state <> 'received' AND m.channel <> 'customs' AND m.documents <> (SELECT count(*) FILTER (WHERE r.txid = f.first) FROM intake_receipt r, "
        "(SELECT min(txid) AS first FROM intake_receipt WHERE message_id = m.id AND origin = 'platform') f WHERE r.message_id = m.id AND r.origin = 'platform' AND r.type <> 'CEB900Message')",
        "SELECT 'message without a readable document and without a format receipt', m.id FROM intake_message m WHERE m.state = 'refused' AND m.documents = 0 "
        "AND m.channel <> 'customs' AND m.decided_at > m.received_at AND NOT EXISTS (SELECT FROM intake_receipt r WHERE r.message_id = m.id)",
        "SELECT 'the same verdict twice', min(id) FROM intake_receipt WHERE origin = 'platform' GROUP BY message_id, document_guid, document_key, status, info HAVING count(*) > 1",
    ),
    "I2": (
        "SELECT 'sender and guid twice', sender_code || ' ' || guid FROM intake_message WHERE guid <> '' GROUP BY sender_code, guid HAVING count(*) > 1",
        "SELECT 'official receipt kept twice', min(id) FROM intake_receipt WHERE origin = 'customs' AND type NOT IN ('CEB816Message', 'CEB818Message') "
        "GROUP BY type, message_id, document_guid, returned_at, status HAVING count(*) > 1",
        "SELECT 'row of a feed with no or several current versions', min(id) FROM feeds_row GROUP BY feed_id, key HAVING count(*) FILTER (WHERE current) <> 1 OR max(version) <> count(*)",
        "SELECT 'list matched with a parcel that is not current', d.id FROM feeds_duplicate d JOIN feeds_row r ON r.id = d.row_id WHERE d.declaration IS NOT NULL AND NOT r.current",
        "SELECT 'message without its key', m.id FROM intake_message m WHERE NOT EXISTS (SELECT FROM intake_messagekey k WHERE k.message_id = m.id)",
        "SELECT 'two live lists of one order', ebp_code || ' ' || order_no FROM declarations_declaration WHERE state NOT IN ('refused', 'rejected', 'failed', 'cancelled') GROUP BY ebp_code, order_no HAVING count(*) > 1",
    ),
    "I11": (
        "SELECT 'list of another sender or zone than its message', d.id FROM declarations_declaration d JOIN intake_message m ON m.id = d.message_id WHERE (d.sender_code, d.zone) <> (m.sender_code, m.zone)",
        "SELECT 'follow-up of another sender or zone than its message', f.id FROM declarations_followup f JOIN intake_message m ON m.id = f.message_id WHERE (f.sender_code, f.zone) <> (m.sender_code, m.zone)",
        "SELECT 'receipt for another firm than the sender', r.id FROM intake_receipt r JOIN intake_message m ON m.id = r.message_id WHERE r.party_code <> m.sender_code",
    ),
    "I3": ("SELECT 'key and message differ', k.message_id FROM intake_messagekey k JOIN intake_message m ON m.id = k.message_id WHERE k.sha256 <> m.sha256",),
    "I4": (
        "SELECT 'released twice', declaration_id FROM declarations_move WHERE state = 'released' GROUP BY declaration_id HAVING count(*) > 1",
        "SELECT 'left released for another state', declaration_id FROM declarations_move WHERE before IN ('released', 'closed') AND state NOT IN ('closed', 'returned')",
        "SELECT 'follow-up whose state is not the last move', f.id FROM declarations_followup f WHERE f.state <> (SELECT m.state FROM declarations_followupmove m WHERE m.follow_up_id = f.id ORDER BY m.id DESC LIMIT 1)",
        "SELECT 'state is not the last move', d.id FROM declarations_declaration d WHERE d.state <> (SELECT m.state FROM declarations_move m WHERE m.declaration_id = d.id ORDER BY m.id DESC LIMIT 1)",
    ),
    "I5": (
        "SELECT 'account beyond its limit', id FROM ledgers_account WHERE reserved_units + committed_units > limit_units OR reserved_units < 0 OR committed_units < 0",
        "SELECT 'released import without counted quota', d.id FROM declarations_declaration d WHERE d.flow = 'I' AND d.state IN ('released', 'closed') AND NOT EXISTS "
        "(SELECT FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = 'quota' AND m.subject = d.id::text AND m.verb = 'commit')",
        "SELECT 'quota counted for another person or year', m.id FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id AND a.kind = 'quota' "
        "JOIN declarations_declaration d ON d.id::text = m.subject WHERE a.owner <> d.quota_key OR a.period <> to_char(d.declared_on, 'YYYY')",
    ),
    "I6": (
        "SELECT 'money in floating point', table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('real', 'double precision') AND column_name ~ '(_fen|_bp|amount|price|qty|money)'",
        "SELECT 'returned more than was declared', l.declaration_id || ' line ' || l.of_gnum FROM declarations_followupline l JOIN declarations_followup f ON f.id = l.follow_up_id "
        "JOIN declarations_line d ON d.declaration_id = l.declaration_id AND d.gnum = l.of_gnum WHERE f.live AND f.kind IN ('CEB625Message', 'CEB213Message') "
        "GROUP BY l.declaration_id, l.of_gnum, d.qty HAVING sum(l.qty) > d.qty",
        "SELECT 'returns took back more than was assessed', r.declaration_id || ' line ' || r.gnum FROM tax_returned r LEFT JOIN tax_assessment a ON a.declaration_id = r.declaration_id AND a.gnum = r.gnum "
        "GROUP BY r.declaration_id, r.gnum, a.id HAVING sum(r.dv_fen) > coalesce(a.dv_fen, 0) OR sum(r.duty_fen + r.ct_fen + r.vat_fen) > coalesce(a.duty_fen + a.ct_fen + a.vat_fen, 0)",
        "SELECT 'quota given back differs from the returns', r.declaration_id FROM (SELECT declaration_id, sum(dv_fen) AS dv_fen FROM tax_returned GROUP BY 1) r WHERE r.dv_fen <> "
        "(SELECT coalesce(sum(m.amount_units), 0) FROM ledgers_movement m JOIN ledgers_account a ON a.id = m.account_id WHERE a.kind = 'quota' AND m.verb = 'reverse' AND m.subject = r.declaration_id::text)",
        "SELECT 'order that does not add up', id FROM trade_order WHERE order_type = 'I' AND paid_fen <> goods_fen + freight_fen + tax_fen - discount_fen",
        "SELECT 'account differs from its entries', a.id FROM ledgers_account a LEFT JOIN LATERAL (SELECT "
        "coalesce(sum(CASE verb WHEN 'reserve' THEN amount_units WHEN 'commit' THEN -amount_units WHEN 'release' THEN -amount_units ELSE 0 END), 0) AS r, "
        "coalesce(sum(CASE verb WHEN 'commit' THEN amount_units WHEN 'reverse' THEN -amount_units ELSE 0 END), 0) AS c, "
        "coalesce(sum(CASE verb WHEN 'deposit' THEN amount_units WHEN 'withdraw' THEN -amount_units ELSE 0 END), 0) AS i FROM ledgers_movement WHERE account_id = a.id) s ON true "
        "WHERE a.reserved_units <> s.r OR a.committed_units <> s.c OR (a.stocked AND a.limit_units <> s.i)",
        "SELECT 'subject got back more than it used', min(id) FROM ledgers_movement WHERE verb IN ('commit', 'reverse') GROUP BY account_id, subject "
        "HAVING sum(CASE verb WHEN 'commit' THEN amount_units ELSE -amount_units END) < 0",
        "SELECT 'goods abroad that do not add up', a.id FROM ledgers_account a JOIN declarations_line n ON a.kind = 'overseas_stock' "
        "AND a.owner = n.declaration_id || '-' || n.gnum WHERE a.limit_units <> (n.qty * 100000)::bigint - "
        "coalesce((SELECT sum(e.qty * 100000) FROM declarations_stockevent e WHERE e.line_id = n.id), 0)",
        "SELECT 'list in a summary that does not name it', e.declaration_id FROM declarations_exported e WHERE e.summary_id IS NOT NULL AND NOT EXISTS "
        "(SELECT FROM declarations_followupline l WHERE l.follow_up_id = e.summary_id AND l.declaration_id = e.declaration_id)",
        "SELECT 'slot oversold or differing from its bookings', s.id FROM bookings_slot s LEFT JOIN LATERAL (SELECT "
        "coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS h, coalesce(sum(quantity) FILTER (WHERE state = 'confirmed'), 0) AS c "
        "FROM bookings_booking WHERE slot_id = s.id) b ON true WHERE s.held <> b.h OR s.confirmed <> b.c OR b.h + b.c > s.capacity",
    ),
    "I7": (
        "SELECT 'import sent without its three documents', d.id FROM declarations_declaration d WHERE d.flow = 'I' AND d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND NOT ("
        "EXISTS (SELECT FROM trade_order o WHERE o.ebp_code = d.ebp_code AND o.order_no = d.order_no) AND "
        "EXISTS (SELECT FROM trade_payment p WHERE p.ebp_code = d.ebp_code AND p.order_no = d.order_no) AND "
        "EXISTS (SELECT FROM trade_waybill w WHERE w.logistics_code = d.logistics_code AND w.logistics_no = d.logistics_no))",
        "SELECT 'import sent though order and payment differ', d.id FROM declarations_declaration d JOIN trade_order o ON o.ebp_code = d.ebp_code AND o.order_no = d.order_no AND NOT o.withdrawn "
        "JOIN trade_payment p ON p.ebp_code = d.ebp_code AND p.order_no = d.order_no AND NOT p.withdrawn "
        "WHERE d.flow = 'I' AND d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND o.paid_fen <> p.paid_fen",
        "SELECT 'export sent without its order and waybill', d.id FROM declarations_declaration d WHERE d.flow = 'E' AND d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND NOT ("
        "EXISTS (SELECT FROM trade_order o WHERE o.ebp_code = d.ebp_code AND o.order_no = d.order_no) AND "
        "EXISTS (SELECT FROM trade_waybill w WHERE w.logistics_code = d.logistics_code AND w.logistics_no = d.logistics_no))",
        "SELECT 'list sent though order and list differ', d.id FROM declarations_declaration d JOIN trade_order o ON o.ebp_code = d.ebp_code AND o.order_no = d.order_no AND NOT o.withdrawn "
        "WHERE d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND (o.goods_fen <> d.goods_fen OR o.ebc_code <> d.ebc_code)",
        "SELECT 'list sent with the waybill of another order', d.id FROM declarations_declaration d JOIN trade_waybill w ON w.logistics_code = d.logistics_code AND w.logistics_no = d.logistics_no AND NOT w.withdrawn "
        "WHERE d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND w.order_no NOT IN ('', d.order_no)",
        "SELECT 'payment of two orders', pay_code || ' ' || pay_no FROM trade_payment WHERE NOT withdrawn GROUP BY pay_code, pay_no HAVING count(*) > 1",
        # a carrier may use a number again after six months
        "SELECT 'waybill of two lists', a.id FROM declarations_declaration a JOIN declarations_declaration b ON b.logistics_no = a.logistics_no AND b.logistics_code = a.logistics_code AND b.id > a.id "
        f"WHERE a.state NOT IN ({UNSENT}) AND b.state NOT IN ({UNSENT}) AND b.declared_on < a.declared_on + interval '6 months'",
    ),
    "I9": (
        "SELECT 'ready list without outgoing work', d.id FROM declarations_declaration d WHERE d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND (SELECT count(*) FROM intake_outgoing o WHERE o.message_id = d.message_id AND d.guid = ANY(o.guids)) <> 1",
        "SELECT 'follow-up without outgoing work', f.id FROM declarations_followup f WHERE (SELECT count(*) FROM intake_outgoing o WHERE o.message_id = f.message_id AND f.guid = ANY(o.guids)) <> 1",
        "SELECT 'ended without a reason', id FROM intake_outgoing WHERE state IN ('dead', 'refused') AND reason = ''",
        "SELECT 'delivered at no time', id FROM intake_outgoing WHERE state = 'delivered' AND delivered_at IS NULL",
        "SELECT 'work set aside without a reason', id FROM events_work WHERE dead AND error = ''",
        "SELECT 'received message without work', m.id FROM intake_message m WHERE m.state = 'received' AND NOT EXISTS (SELECT FROM events_work w WHERE w.lane = 'decode' AND (w.payload ->> 'message_id')::bigint = m.id)",
    ),
    "I13": (
        "SELECT 'filed product without the version it stands on', p.id FROM goods_product p WHERE p.home = '' AND p.version > 0 AND NOT EXISTS "
        "(SELECT FROM goods_version v WHERE v.product_id = p.id AND v.number = p.version AND v.facts ->> 'hs_code' = p.hs_code)",
        "SELECT 'move without who or why', id FROM declarations_move WHERE actor = '' OR origin = '' OR at IS NULL OR (why = '' AND origin <> 'customs')",
        "SELECT 'move of a follow-up without who or why, or not after the one before', m.id FROM (SELECT *, lag(state, 1, '') OVER (PARTITION BY follow_up_id ORDER BY id) AS last "
        "FROM declarations_followupmove) m WHERE m.before <> m.last OR actor = '' OR origin = '' OR at IS NULL OR (why = '' AND origin <> 'customs')",
        "SELECT 'move that does not follow the one before', m.id FROM (SELECT id, before, lag(state, 1, '') OVER (PARTITION BY declaration_id ORDER BY id) AS last FROM declarations_move) m WHERE m.before <> m.last",
    ),
    "I14": (
        "SELECT 'delivery whose counts differ from its rows', d.id FROM feeds_delivery d WHERE d.accepted <> (SELECT count(*) FROM feeds_row r WHERE r.delivery_id = d.id)",
        "SELECT 'delivery whose rows do not add up', id FROM feeds_delivery WHERE state = 'read' AND rows <> accepted + repeated + refused",
        "SELECT 'delivery whose repeated rows have no evidence', d.id FROM feeds_delivery d WHERE d.state = 'read' AND d.repeated <> "
        "(SELECT count(*) FROM feeds_duplicate u WHERE u.delivery_id = d.id AND u.way IN ('key', 'inside'))",
        "SELECT 'read delivery against its declared totals', id FROM feeds_delivery WHERE state = 'read' AND NOT counted @> declared",
        f"SELECT 'released list without its clock', m.declaration_id FROM declarations_move m WHERE m.state = 'released' AND {UNHURRIED} "
        "AND NOT EXISTS (SELECT FROM risk_clock c WHERE c.declaration_id = m.declaration_id)",
        "SELECT 'clock of a list that was not released', c.id FROM risk_clock c WHERE NOT EXISTS (SELECT FROM declarations_move m WHERE m.declaration_id = c.declaration_id AND m.state = 'released')",
        # the time for which a list was held is its firm's or an officer's
        f"{SPENT} SELECT 'clock that differs from the moves of its list', c.id FROM risk_clock c CROSS JOIN LATERAL (SELECT to_jsonb(c) AS j) t "
        "CROSS JOIN (VALUES ('waiting'), ('held'), ('ready'), ('sent'), ('accepted'), ('review'), ('inspection'), ('detained'), ('concluded')) v (step) "
        f"LEFT JOIN sums s ON s.declaration_id = c.declaration_id AND s.state = v.step WHERE {UNHURRIED} AND (j ->> (step || '_s'))::bigint "
        "+ CASE step WHEN 'held' THEN coalesce((j ->> 'officer_s')::bigint, 0) ELSE 0 END <> coalesce(s.took, 0)",
        "SELECT 'clock whose steps do not add up', id FROM risk_clock WHERE stopped_s <> waiting_s + held_s OR counted_s + stopped_s <> extract(epoch FROM released_at - started_at)",
        # what was published stands for its lists at that time: later ones may have come, none can have gone
        "SELECT 'published step time that differs from its clocks', p.id FROM risk_steptime p JOIN LATERAL (SELECT count(*) AS lists, "
        "percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY (CASE p.step WHEN 'whole' THEN c.counted_s ELSE (to_jsonb(c) ->> (p.step || '_s'))::bigint END)) AS at FROM risk_clock c "
        "WHERE c.zone = p.zone AND to_char(c.released_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = p.month) n ON true "
        "WHERE p.lists > n.lists OR (p.lists = n.lists AND ARRAY[p.p50_s, p.p90_s, p.p95_s] <> n.at)",
        f"SELECT 'verdict that differs from its gaps', c.id FROM matching_chain c WHERE {UNHURRIED} AND (c.verdict = 'matched') = EXISTS (SELECT FROM matching_gap g WHERE g.ebp_code = c.ebp_code AND g.order_no = c.order_no)",
        f"SELECT 'matched order that its rows do not bear out', c.id FROM matching_chain c LEFT JOIN trade_order o ON o.ebp_code = c.ebp_code AND o.order_no = c.order_no AND NOT o.withdrawn "
        "LEFT JOIN LATERAL (SELECT sum(d.goods_fen) AS fen, bool_and(d.state IN ('released', 'closed')) AS released FROM declarations_declaration d WHERE d.ebp_code = c.ebp_code AND d.order_no = c.order_no AND d.live) l ON true "
        "LEFT JOIN LATERAL (SELECT sum(p.paid_fen) AS fen FROM trade_payment p WHERE p.ebp_code = c.ebp_code AND p.order_no = c.order_no AND NOT p.withdrawn) p ON true "
        "LEFT JOIN LATERAL (SELECT sum(r.charge_fen) AS fen FROM trade_collection r WHERE r.ebp_code = c.ebp_code AND r.order_no = c.order_no AND NOT r.withdrawn) r ON true "
        f"WHERE c.verdict = 'matched' AND {UNHURRIED} AND (o.id IS NULL OR l.fen IS DISTINCT FROM o.goods_fen OR l.released IS NOT true OR CASE WHEN c.flow = 'I' THEN p.fen IS DISTINCT FROM o.paid_fen "
        "ELSE coalesce(abs(r.fen - o.goods_fen - o.freight_fen) * 20 > o.goods_fen + o.freight_fen, true) END)",
        f"SELECT 'gap that its rows contradict', g.id FROM matching_gap g WHERE {UNHURRIED} AND CASE g.kind "
        "WHEN 'order_missing' THEN EXISTS (SELECT FROM trade_order o WHERE o.ebp_code = g.ebp_code AND o.order_no = g.order_no AND NOT o.withdrawn) "
        "WHEN 'payment_missing' THEN EXISTS (SELECT FROM trade_payment p WHERE p.ebp_code = g.ebp_code AND p.order_no = g.order_no AND NOT p.withdrawn) "
        "WHEN 'collection_missing' THEN EXISTS (SELECT FROM trade_collection r WHERE r.ebp_code = g.ebp_code AND r.order_no = g.order_no AND NOT r.withdrawn) "
        "WHEN 'list_missing' THEN EXISTS (SELECT FROM declarations_declaration d WHERE d.ebp_code = g.ebp_code AND d.order_no = g.order_no AND d.live) "
        "WHEN 'release_pending' THEN (SELECT bool_and(d.state IN ('released', 'closed')) FROM declarations_declaration d WHERE d.ebp_code = g.ebp_code AND d.order_no = g.order_no AND d.live) "
        "ELSE false END",
        "SELECT 'cleared export counted under another day', e.declaration_id FROM declarations_exported e JOIN declarations_move m ON m.declaration_id = e.declaration_id AND m.state = 'closed' "
        "WHERE e.cleared_on IS DISTINCT FROM to_date(left(m.returned_at, 8), 'YYYYMMDD')",
        "SELECT 'form line of a list that its summary does not name', x.id FROM declarations_summaryline x JOIN declarations_summaryform s ON s.id = x.form_id WHERE NOT EXISTS "
        "(SELECT FROM declarations_followup f JOIN declarations_followupline l ON l.follow_up_id = f.id WHERE f.kind = 'CEB701Message' AND f.official_no = s.sum_no AND l.declaration_id = x.declaration_id)",
    ),
}  # fmt: skip
TEXT_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb') "
    f"AND table_name ~ '^({'|'.join(sorted({*BASE, *MODULES, 'gateway'} - {'access'}))})_'"
)
# What must never be in clear (I12): an identity number by its shape, anywhere; in free text a mobile number too, which in a
# column of numbers could be somebody's waybill.
PERSONAL = (
    r"(^|[^0-9A-Za-z])([1-6][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9X])([^0-9A-Za-z]|$)"
)
MOBILE = r"(^|[^0-9A-Za-z])1[3-9][0-9]{9}([^0-9A-Za-z]|$)"
HOT = ("intake_", "trade_", "declarations_", "tax_", "events_", "audit_")
FREE_TEXT = ("why", "reason", "info", "findings", "error", "facts", "goods_info", "file_name", "name", "model")


def violations() -> dict[str, list[str]]:
    """invariant → what violates it, at most 20 each; every list empty when all hold."""
    audit.seal_new()
    found: dict[str, list[str]] = {name: [] for name in (*QUERIES, "I10", "I12")}
    with connection.cursor() as cursor:
        for name, queries in QUERIES.items():
            for query in queries:
                cursor.execute(f"{query.replace('{answered}', ' '.join(RECEIPT_OF))} LIMIT {LIMIT}")
                found[name] += [f"{what}: {which}" for what, which in cursor.fetchall()]
    found["I1"] += _altered_bytes()
    found["I5"] += _beyond_limits()
    found["I7"] += _without_money()
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
            if not _opens(bytes(sealed), sha):
                faults.append(f"bytes of message {number} differ from their fingerprint")
    return faults


def _opens(sealed: bytes, sha: str) -> bool:
    try:
        return hashlib.sha256(vault.unseal(sealed, sha.encode())).hexdigest() == sha
    except (InvalidTag, KeyError, ValueError, OSError):
        return False


def _beyond_limits() -> list[str]:
    """Quota accounts whose limit is not the one of their year, and lists taxed as within the single limit that are above it (R-102)."""
    faults = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT period, limit_units, count(*) FROM ledgers_account WHERE kind = 'quota' GROUP BY 1, 2")
        for period, limit_fen, count in cursor.fetchall():
            if limit_fen not in _limits("import.annual_limit_fen", int(period)):
                faults.append(
                    f"{count} quota accounts of {period} with the limit {limit_fen}, which is none of that year"
                )
        cursor.execute(
            "SELECT d.id, d.declared_on, sum(a.dv_fen) FROM tax_assessment a JOIN declarations_declaration d ON d.id = a.declaration_id "
            "WHERE a.path = 'within' GROUP BY 1, 2 HAVING sum(a.dv_fen) > %s",
            [min(_limits("import.single_limit_fen"))],
        )
        faults += [
            f"list {number} of {value} is above the single limit"
            for number, day, value in cursor.fetchall()
            if value > parameters(day)["import.single_limit_fen"]
        ]
    return faults[:LIMIT]


def _without_money() -> list[str]:
    """Retail exports that were sent on though their day asks for a receipt of money and none came (R-301)."""
    days = table("parameters").filter((pl.col("key") == "export.receipt_data_required") & (pl.col("value") == "1"))
    faults = []
    with connection.cursor() as cursor:
        for first, last in days.select("valid_from", "valid_to").iter_rows():
            cursor.execute(
                "SELECT d.id FROM declarations_declaration d WHERE d.flow = 'E' AND d.mode IN ('9610', '1210') AND d.declared_on BETWEEN %s AND %s "
                "AND d.state NOT IN ('waiting', 'held', 'refused', 'cancelled') AND NOT EXISTS "
                "(SELECT FROM trade_collection r WHERE r.ebp_code = d.ebp_code AND r.order_no = d.order_no) ORDER BY d.id LIMIT %s",
                [first, last, LIMIT],
            )
            faults += [f"export sent without the receipt of money its day asks for: {number}" for (number,) in cursor.fetchall()]
    return faults[:LIMIT]


def _limits(key: str, year: int | None = None) -> list[int]:
    """The values of a parameter, in one year or ever."""
    rows = table("parameters").filter(pl.col("key") == key)
    if year is not None:
        first, last = date(year, 1, 1), date(year, 12, 31)
        rows = rows.filter((pl.col("valid_from") <= last) & (pl.col("valid_to") >= first))
    return [int(value) for value in rows["value"]]


def _in_clear() -> list[str]:
    """Tables and columns that hold an identity number, or in free text a mobile number, in clear."""
    faults = []
    with connection.cursor() as cursor:
        cursor.execute(TEXT_COLUMNS)
        for table, column in cursor.fetchall():
            free = table.startswith(HOT) and column in FREE_TEXT
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~ %s',
                [f"{PERSONAL}|{MOBILE}" if free else PERSONAL],
            )
            (count,) = cursor.fetchone() or (0,)
            if count:
                what = "an identity or mobile number" if free else "an identity number"
                faults.append(f"{table}.{column}: {count} rows hold {what} in clear")
    return faults
