"""The fast way: canonical bytes of many messages at once into columns; what is not plainly sound goes the exact way."""

from __future__ import annotations

from typing import Any

import polars as pl
from lxml import etree

from gongfu.core.ceb.check import BLANKS, BONDED, DATE_FIELDS
from gongfu.core.ceb.decode import WRAPPERS, decode, local
from gongfu.core.ceb.limits import oversize
from gongfu.core.ceb.messages import Batch, Document, Parsed
from gongfu.core.ceb.schema import Field, MessageTable, allowed, table
from gongfu.core.ceb.structure import columns_parser, schema_of
from gongfu.core.rule import Finding

DECIMAL = pl.Decimal(38, 5)


def structure_ok(root: etree._Element) -> bool:
    """Whether the message has the structure, lengths and digits of its table, checked in C; False sends it the exact way."""
    return bool(schema_of(local(root)).validate(root))


def dtype(field: Field) -> Any:
    return DECIMAL if field.kind == "N" else pl.Int64 if field.kind == "I" else pl.String


def head_schema(layout: MessageTable) -> dict[str, Any]:
    return {
        "message": pl.Int64,
        "document": pl.Int64,
        "position": pl.Int64,
        **{field.name: dtype(field) for field in layout.head_fields},
    }


def item_schema(layout: MessageTable) -> dict[str, Any]:
    return {"document": pl.Int64, **{field.name: dtype(field) for field in layout.item_fields}}


def read_batch(kind: str, messages: list[Parsed]) -> Batch:
    """All messages (of one type) as columns; `bad` and `findings` hold what is refused or remarked upon, by message index."""
    layout = table(kind)
    batch = Batch(
        kind,
        pl.DataFrame(schema=head_schema(layout)),
        pl.DataFrame(schema=item_schema(layout)),
        transfers=[_transfer(one.root) for one in messages],
    )
    plain = [index for index, one in enumerate(messages) if structure_ok(one.root)]
    faulty: set[int] = set(range(len(messages))) - set(plain)
    if plain:
        heads, items = _columns(layout, [messages[index].canonical for index in plain], plain)
        suspect = _suspects(layout, heads, items)
        faulty |= suspect
        kept = heads.filter(~pl.col("message").is_in(list(suspect))) if suspect else heads
        batch.heads = kept
        batch.items = items.join(kept.select("document"), on="document", how="semi") if suspect else items
    for index in sorted(faulty):
        _exact(batch, layout, index, messages[index].root)
    return batch


def _transfer(root: etree._Element) -> dict[str, str]:
    """The transfer block that holds: the first one, as in decode()."""
    told: dict[str, str] = {}
    for child in reversed(root):
        name = local(child)
        if name == "BaseTransfer":
            told = {local(inner): inner.text or "" for inner in child if local(inner)}
        elif told and name and name not in WRAPPERS:
            break
    return told


def _columns(layout: MessageTable, canonical: list[bytes], indexes: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One pass over all messages under one root; `document` runs through the batch."""
    told = columns_parser(layout.name).parse(b"<b>" + b"".join(canonical) + b"</b>")
    rows = pl.DataFrame(pl.from_arrow(told["rows"])).rename({"<message>": "at", "<document>": "position"})
    rows = rows.with_columns(pl.col("at").cast(pl.Int64), pl.col("position").cast(pl.Int64))
    rows = rows.with_columns(
        message=pl.col("at").replace_strict(range(len(indexes)), indexes, return_dtype=pl.Int64),
        document=pl.col("at") * 1_000_000 + pl.col("position"),
    )
    heads = rows.filter(pl.col("h_guid").is_not_null()).select(
        "message", "document", "position", *(pl.col(f"h_{one.name}").alias(one.name) for one in layout.head_fields)
    )
    heads = heads.with_columns(_typed_columns(layout.head_fields))
    items = pl.DataFrame(schema=item_schema(layout))
    if layout.line:
        first = next(one.name for one in layout.item_fields if one.required == "Y")
        items = rows.filter(pl.col(f"i_{first}").is_not_null()).select(
            "document", *(pl.col(f"i_{one.name}").alias(one.name) for one in layout.item_fields)
        )
        items = items.with_columns(_typed_columns(layout.item_fields))
    return heads, items


def _typed_columns(fields: tuple[Field, ...]) -> list[pl.Expr]:
    """Numbers as numbers; required texts that may be empty, null from the column reader, as empty texts."""
    numbers = [pl.col(one.name).cast(dtype(one)) for one in fields if one.kind in "NI"]
    return numbers + [pl.col(one.name).fill_null("") for one in fields if _may_be_empty(one)]


def _may_be_empty(field: Field) -> bool:
    return field.kind == "C" and field.required == "Y" and field.low == 0


def _value_faults(fields: tuple[Field, ...]) -> list[pl.Expr]:
    faults = []
    for field in fields:
        column = pl.col(field.name)
        codes = allowed(field)
        if codes:
            faults.append(column.is_not_null() & (column != "") & ~column.is_in(list(codes)))
        if field.name in DATE_FIELDS and field.high in (8, 14, 17):
            form = "%Y%m%d" if field.high == 8 else "%Y%m%d%H%M%S"
            faults.append(
                (column != "")
                & column.str.slice(0, min(field.high, 14)).str.strptime(pl.Datetime, form, strict=False).is_null()
            )
    return faults


def _suspects(layout: MessageTable, heads: pl.DataFrame, items: pl.DataFrame) -> set[int]:
    """Messages in which any value, condition or repetition is at fault: the exact way will say which."""
    doubtful = [
        heads.filter(pl.any_horizontal(faults).fill_null(False))["message"]
        for faults in [_head_faults(layout)]
        if faults
    ]
    if not layout.is_receipt:
        doubtful.append(
            heads.filter(pl.struct("message", pl.col("guid").str.to_uppercase()).is_duplicated())["message"]
        )
    of_line = _line_faults(layout)
    if layout.line and of_line and not items.is_empty():
        lines = items.join(
            heads.select("document", "message", *(["tradeMode"] if layout.name == "CEB621Message" else [])),
            on="document",
            how="left",
        )
        doubtful.append(lines.filter(pl.any_horizontal(of_line).fill_null(False))["message"])
    return set(pl.concat(doubtful).to_list()) if doubtful else set()


def _head_faults(layout: MessageTable) -> list[pl.Expr]:
    faults = _value_faults(layout.head_fields)
    if layout.name == "CEB621Message":
        bonded = pl.col("tradeMode").is_in(list(BONDED))
        empty = {
            name: pl.col(name).fill_null("") == ""
            for name in ("emsNo", "areaCode", "areaName", "trafNo", "voyageNo", "billNo")
        }
        faults += [
            bonded & (empty["emsNo"] | empty["areaCode"] | empty["areaName"]),
            ~bonded & (empty["trafNo"] | empty["voyageNo"] | empty["billNo"]),
        ]
    return faults


def _line_faults(layout: MessageTable) -> list[pl.Expr]:
    faults = _value_faults(layout.item_fields)
    names = {one.name for one in layout.item_fields}
    if layout.numbers_lines:
        faults.append(pl.struct("document", "gnum").is_duplicated())
    if {"qty2", "unit2"} <= names:
        faults.append(pl.col("qty2").is_null() != (pl.col("unit2").fill_null("") == ""))
    if layout.name == "CEB621Message":
        faults.append(pl.col("tradeMode").is_in(list(BONDED)) & (pl.col("itemRecordNo").fill_null("") == ""))
    return faults


def _exact(batch: Batch, layout: MessageTable, index: int, root: etree._Element) -> None:
    """One message the exact way: its sound documents join the columns, the others are listed."""
    too_big = oversize(root)
    if too_big:
        batch.findings.append((index, too_big))
        return
    message = decode(root)
    batch.findings += [(index, finding) for finding in message.findings]
    stopped = any(finding.blocks for finding in message.findings)
    sound = []
    for document in message.documents:
        document.message = index
        if stopped and document.sound:
            first = next(finding for finding in message.findings if finding.blocks)
            document.findings.append(
                Finding(
                    first.code,
                    document.guid,
                    field=first.field,
                    value=first.value,
                    facts=first.facts,
                    rules=first.rules,
                )
            )
        if document.sound:
            sound.append(document)
            batch.findings += [(index, finding) for finding in document.findings]
        else:
            batch.bad.append(document)
    if sound:
        heads, items = frames_of(layout, sound, index)
        batch.heads = pl.concat([batch.heads, heads])
        batch.items = pl.concat([batch.items, items])


def frames_of(layout: MessageTable, documents: list[Document], index: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same columns as the fast way gives, from documents read the exact way."""
    base = 1_000_000_000_000 + index * 1_000_000
    heads = [
        {
            "message": index,
            "document": base + one.position,
            "position": one.position,
            **_typed(layout.head_fields, one.head),
        }
        for one in documents
    ]
    items = [
        {"document": base + one.position, **_typed(layout.item_fields, item)} for one in documents for item in one.items
    ]
    return _frame(heads, head_schema(layout)), _frame(items, item_schema(layout))


def _typed(fields: tuple[Field, ...], values: dict[str, str]) -> dict[str, str | None]:
    """Texts as the column reader gives them: an empty optional one is null."""
    return {one.name: _cell(one, values.get(one.name)) for one in fields}


def _cell(field: Field, text: str | None) -> str | None:
    if text is None or (text == "" and not _may_be_empty(field)):
        return None
    return text.strip(BLANKS).lstrip("+") if field.kind in "NI" else text


def _frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    texts = {
        name: pl.String if kind in (DECIMAL, pl.Int64) and name not in ("message", "document", "position") else kind
        for name, kind in schema.items()
    }
    return pl.DataFrame(rows, schema=texts).with_columns(pl.col(name).cast(kind) for name, kind in schema.items())
