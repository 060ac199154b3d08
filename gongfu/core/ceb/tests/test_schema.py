"""The message tables agree with themselves, and making them again gives the same files."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from gongfu.core.ceb import generate, schema
from gongfu.core.ceb.check import DATE_FIELDS

pytestmark = pytest.mark.feature("intake.messages")
COLUMNS = ("message", "block", "seq", "xml_name", "chinese_name", "type", "length", "required", "code_table", "notes")
FILES = sorted((generate.HERE / "messages").glob("*.toml"))


def row(message: str, block: str, name: str, **values: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"message": message, "block": block, "xml_name": name} | values


def field_list(entry: dict[str, object]) -> list[dict[str, str]]:
    """The lines of the published field list that make this table."""
    name = str(entry["name"])

    def occurs(pair: object) -> str:
        assert isinstance(pair, list)
        return f"{pair[0]}..{pair[1] or 'n'}"

    title, signature = str(entry["title"]), row(name, "root", "ds:Signature", required=str(entry["signed"]))
    rows = [row(name, "root", str(entry["document"]), chinese_name=title, length=occurs(entry["documents"]))]
    rows += [signature] if entry["signature"] else []
    rows += [row(name, "root", "ExtendMessage")] if entry["signature"] == "before_extend" else []
    rows += [row(name, "group", str(entry["head"]))] if entry["head"] else []
    rows += [row(name, "group", str(entry["line"]), length=occurs(entry["lines"]))] if entry["line"] else []
    for block in ("head", "item"):
        fields = entry[f"{block}_fields"]
        assert isinstance(fields, list)
        for one in fields:
            told = {"type": one["kind"], "length": one["length"], "required": one["required"]}
            rows.append(row(name, block, one["name"], chinese_name=one["zh"], code_table=one.get("codes", ""), **told))
    return rows


def test_making_the_tables_again_gives_the_same_files(tmp_path: Path) -> None:
    source = tmp_path / "fields.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for path in FILES:
            writer.writerows(field_list(tomllib.loads(path.read_text("utf-8"))))
    assert generate.main(source, generate.HERE / "codes", tmp_path) == 42
    for path in FILES:
        assert (tmp_path / "messages" / path.name).read_text("utf-8") == path.read_text("utf-8")
    assert len(list((tmp_path / "codes").iterdir())) == len(list((generate.HERE / "codes").glob("*.csv")))


@pytest.mark.rule("R-1501")
def test_the_bounds_of_the_published_messages() -> None:
    tables = schema.tables()
    assert len(tables) == 42
    assert tables["CEB621Message"].documents == (1, 100)
    assert tables["CEB621Message"].lines == (1, 99)
    assert tables["CEB603Message"].lines == (1, 100)
    assert tables["CEB711Message"].documents == (1, 1)
    assert tables["CEB816Message"].documents[1] == schema.UNBOUNDED
    assert tables["CEB513Message"].head == ""
    assert sum(len(one.head_fields) + len(one.item_fields) for one in tables.values()) > 700


@pytest.mark.rule("R-1501")
def test_the_signature_is_last_in_import_and_before_extensions_in_export_messages() -> None:
    for name, layout in schema.tables().items():
        if layout.is_receipt:
            assert layout.signature == ""
        else:
            assert layout.signature == ("last" if layout.is_import else "before_extend"), name
    wanted = {name for name, layout in schema.tables().items() if layout.signed == "Y"}
    assert wanted == {f"CEB{number}Message" for number in (621, 623, 625, 711)}


@pytest.mark.rule("R-1505")
def test_the_inventory_head_is_in_the_order_of_the_rulebook() -> None:
    names = [field.name for field in schema.table("CEB621Message").head_fields]
    order = "orderNo ebpCode ebcCode logisticsNo copNo assureCode emsNo invtNo ieFlag declTime customsCode tradeMode netWeight note"
    assert [name for name in names if name in order.split()] == order.split()


def test_no_name_occurs_twice_and_every_time_is_checked() -> None:
    for name, layout in schema.tables().items():
        for fields in (layout.head_fields, layout.item_fields):
            assert len({one.name for one in fields}) == len(fields), name
            for one in fields:
                is_time = one.kind == "C" and one.high in (8, 14, 17) and one.chinese.endswith(("时间", "日期"))
                assert not is_time or one.name in DATE_FIELDS, (name, one.name)


def test_strict_lists_are_at_hand_and_loose_ones_let_anything_pass() -> None:
    for layout in schema.tables().values():
        for field in layout.head_fields + layout.item_fields:
            if field.codes:
                assert schema.allowed(field) or field.codes in schema.LOOSE_TABLES, field.codes
    customs = next(one for one in schema.table("CEB621Message").head_fields if one.name == "customsCode")
    assert not schema.allowed(customs)
    assert schema.code_table("customs_district")["7900"]
    country = next(one for one in schema.table("CEB621Message").head_fields if one.name == "country")
    assert {"142", "CHN"} <= schema.allowed(country)
