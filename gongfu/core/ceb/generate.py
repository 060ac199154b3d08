"""Make the message tables and code lists of this folder from the published field list.

    python -m gongfu.core.ceb.generate FIELDS.csv CODES_DIR

FIELDS.csv: message, block, seq, xml_name, chinese_name, type, length, required, code_table, notes (CEB 202205 schema).
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = "海关跨境统一版系统企业对接报文规范 202205; field list compiled 2026-11-22"
WRAPPERS = ("BaseTransfer", "BaseSubscribe", "ExtendMessage", "ds:Signature")
PERSONAL = {
    "buyerIdNumber": "id_number",
    "payerIdNumber": "id_number",
    "buyerName": "name",
    "payerName": "name",
    "consignee": "name",
    "buyerTelephone": "phone",
    "telephone": "phone",
    "consigneeTelephone": "phone",
    "ebcTelephone": "phone",
    "consigneeAddress": "address",
    "buyerRegNo": "account",
}


def _field(row: dict[str, str]) -> str:
    parts = {
        "name": row["xml_name"],
        "zh": row["chinese_name"],
        "kind": row["type"] or "C",
        "length": row["length"],
        "required": row["required"] or "N",
    }
    if row["code_table"]:
        parts["codes"] = row["code_table"]
    if row["xml_name"] in PERSONAL:
        parts["personal"] = PERSONAL[row["xml_name"]]
    return (
        "  { " + ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items()) + " },"
    )


def _occurs(length: str) -> str:
    low, _, high = (length or "1..1").partition("..")
    return f"[{low}, {0 if high == 'n' else high or low}]"


def table(message: str, rows: list[dict[str, str]]) -> str:
    """The TOML text of one message."""
    roots = [row for row in rows if row["block"] == "root"]
    groups = [row for row in rows if row["block"] == "group"]
    order = [row["xml_name"] for row in roots]
    signature = next((row for row in roots if row["xml_name"] == "ds:Signature"), None)
    place = "" if signature is None else "last" if order[-1] == "ds:Signature" else "before_extend"
    lines = [
        f"# {message}: made by generate.py, do not edit. Source: {SOURCE}.",
        f'name = "{message}"',
        f'document = "{roots[0]["xml_name"]}"',
        f'title = "{roots[0]["chinese_name"]}"',
        f"documents = {_occurs(roots[0]['length'])}",
        f'head = "{groups[0]["xml_name"] if groups else ""}"',
        f'line = "{groups[1]["xml_name"] if len(groups) > 1 else ""}"',
        f"lines = {_occurs(groups[1]['length']) if len(groups) > 1 else '[0, 0]'}",
        f'signature = "{place}"',
        f'signed = "{signature["required"] if signature else "N"}"',
    ]
    for block in ("head", "item"):
        lines += [f"{block}_fields = [", *(_field(row) for row in rows if row["block"] == block), "]"]
    return "\n".join(lines) + "\n"


def main(fields: Path, codes: Path, target: Path = HERE) -> int:
    """Write one table a message and copy the code lists into `target`; gives how many tables."""
    rows = list(csv.DictReader(fields.read_text("utf-8").splitlines()))
    made = 0
    for folder in ("messages", "codes"):
        (target / folder).mkdir(exist_ok=True)
    for message, part in groupby(rows, key=lambda row: row["message"]):
        if message.startswith("CEB"):
            (target / "messages" / f"{message[:6].lower()}.toml").write_text(table(message, list(part)), "utf-8")
            made += 1
    for path in sorted(codes.glob("*.csv")):
        shutil.copyfile(path, target / "codes" / path.name)
    return made


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])), "tables")
