"""Kinds of follow-up document as data: what each cites, what its lines name, which statuses conclude it, which rules check it.

A further kind is one entry here, a rule in `rules/`, and whoever acts on `FollowUpsMoved`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from gongfu.modules.declarations.rules import arrivals, cancellations, chain, returns, summaries
from gongfu.modules.declarations.rules.known import Found, Known

Check = Callable[[pl.DataFrame, pl.DataFrame, Known], Found]


@dataclass(frozen=True, slots=True)
class FollowUpKind:
    """One kind.

    number: the element with the sender's own number.  cites: elements of the head that name its one list, `invtNo`.
    line_cites: the element of a line that names a list: `invtNo`, or `logisticsNo` under the head's logisticsCode.
    of_gnum: the lines' gnum is that of the cited list.  filed: element → kind its firm must be filed for.
    senders: elements that may name the sender itself (empty: anyone's).  concludes: receipt statuses that conclude it.  facts, line_facts: elements kept beside the columns; nothing personal.
    """

    message: str
    title: str
    title_en: str
    number: str
    concludes: frozenset[str]
    check: Check
    filed: Mapping[str, str]
    senders: tuple[str, ...] = ()
    cites: str = ""
    line_cites: str = ""
    of_gnum: bool = False
    facts: tuple[str, ...] = ()
    line_facts: tuple[str, ...] = ()


SUMMARY = "CEB701Message"
OWN = ("agentCode", "ebcCode")
KINDS: dict[str, FollowUpKind] = {
    one.message: one
    for one in (
        FollowUpKind(
            "CEB623Message", "撤销申请单", "Cancellation", "copNo", frozenset({"399"}), cancellations.findings,
            {"agentCode": "declarant", "ebcCode": "ecommerce"}, OWN, cites="invtNo",
        ),
        FollowUpKind(
            "CEB605Message", "撤销申请单", "Cancellation", "copNo", frozenset({"399"}), cancellations.findings,
            {"agentCode": "declarant", "ebcCode": "ecommerce"}, OWN, cites="invtNo",
        ),
        FollowUpKind(
            "CEB625Message", "进口退货申请单", "Import return", "copNo", frozenset({"399"}), returns.import_findings,
            {"agentCode": "declarant", "ebcCode": "ecommerce"}, OWN, cites="invtNo", of_gnum=True, facts=("orderNo", "logisticsNo"),
        ),
        FollowUpKind(
            "CEB213Message", "出口退货申请单", "Export return", "coElNo", frozenset({"399", "800"}), returns.export_findings,
            {"agentCode": "declarant", "ebcCode": "ecommerce"}, OWN, cites="invtNo", of_gnum=True,
            facts=("tradeMode", "logisticsCode", "logisticsNo", "country", "billNo"),
        ),
        FollowUpKind(
            "CEB215Message", "退货理货明细单", "Tally of returned goods", "coElNo", frozenset({"399"}), returns.tally_findings,
            {"operatorCode": "site"}, ("operatorCode",), cites="invtNo", facts=("operatorCode", "logisticsCode", "logisticsNo", "billNo", "location"),
        ),
        FollowUpKind(
            arrivals.KIND, "入库明细单", "Inbound list", "copNo", frozenset({"120"}), arrivals.findings, {"operatorCode": "site"}, ("operatorCode",),
            line_cites="logisticsNo", facts=("operatorCode", "trafMode", "trafNo", "voyageNo", "billNo", "logisticsCode", "unloadLocation"),
        ),
        FollowUpKind(
            "CEB507Message", "运抵单", "Arrival", "copNo", frozenset({"120", "399"}), chain.arrivals,
            {"operatorCode": "site", "logisticsCode": "logistics"}, line_cites="logisticsNo", senders=("operatorCode", "logisticsCode"),
            facts=("operatorCode", "logisticsCode", "loctNo", "trafMode", "billNo", "domesticTrafNo", "msgCount", "msgSeqNo"),
        ),
        FollowUpKind(
            "CEB607Message", "清单总分单", "Master bill", "copNo", frozenset({"120", "399"}), chain.masters,
            {"agentCode": "declarant", "logisticsCode": "logistics"}, OWN, line_cites="logisticsNo",
            facts=("logisticsCode", "loctNo", "trafMode", "trafName", "voyageNo", "billNo", "domesticTrafNo", "msgCount", "msgSeqNo"),
        ),
        FollowUpKind(
            "CEB509Message", "离境单", "Departure", "copNo", frozenset({"120", "399"}), chain.departures,
            {"logisticsCode": "logistics"}, line_cites="logisticsNo", senders=("logisticsCode",),
            facts=("logisticsCode", "trafMode", "trafName", "voyageNo", "billNo", "leaveTime", "msgCount", "msgSeqNo"),
        ),
        FollowUpKind(
            SUMMARY, "汇总申请单", "Summary application", "copNo", frozenset({"399"}), summaries.applications,
            {"agentCode": "declarant", "ebcCode": "ecommerce", "declAgentCode": "declarant"}, OWN, line_cites="invtNo",
            facts=("declAgentCode", "startTime", "endTime", "summaryFlag", "itemNameFlag", "msgCount", "msgSeqNo"),
        ),
    )
}  # fmt: skip
CANCELLATIONS = ("CEB623Message", "CEB605Message")
RETURNS = ("CEB625Message", "CEB213Message")
