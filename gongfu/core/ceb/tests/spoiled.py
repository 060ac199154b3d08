"""Messages spoiled at random: values, elements and attributes as careless and as hostile senders write them."""

from __future__ import annotations

import copy
from random import Random

from lxml import etree

NAMESPACE = "{http://www.chinaport.gov.cn/ceb}"
NUMBERS = (
    *("-1", "-0", "-0.00", "+1", "+", ".", "+.", ".5", "5.", "1e5", "NaN", "INF", "1,5", "1 2", "１２", "٣", "²"),
    *("0001", "00000000000000000000001", "123456789012345", "1234567890123456789", "99999999999999.99999"),
    *("1.123456", "1.1234500000", " 1 ", "\n1", "1\t", "\u30001", "9223372036854775807", "9223372036854775808"),
)
DATES = (
    *("20230230", "20230229", "00000101", "18991231", "20991231", "2023010", "202301010"),
    *(
        "18991231000000",
        "00000101000000",
        "20231301000000",
        "20230101246060",
        "20230101235960",
        "20230101000000",
        "20230101000000999",
        "2023010112000A",
    ),
)
TEXTS = (
    *("", " ", "  lead", "trail  ", "a\rb", "a\nb", '&<>"', "\u200b", "é", "𠮷" * 30, "x" * 1001, "A" * 36, "中" * 36),
    *("0", "1", "2", "3", "9", "I", "E", "i", "142", "CHN", "XXX", "007", "9610", "1210", "1239", "9999"),
)
VALUES = NUMBERS + DATES + TEXTS


def elements(root: etree._Element) -> list[etree._Element]:
    return [one for one in root.iter() if isinstance(one.tag, str)]


def spoil(root: etree._Element, rng: Random) -> None:
    """Up to three changes to a sound message; half of them to values alone."""
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        leaves = [one for one in elements(root) if not len(one) and one is not root]
        inner = [one for one in elements(root) if one is not root]
        if leaves and rng.random() < 0.5:
            rng.choice(leaves).text = rng.choice(VALUES)
        elif inner:
            rng.choice((_remove, _double, _move, _insert, _fill, _rename, _mark, _follow))(rng.choice(inner), rng)
        if rng.random() < 0.1:
            root.set(rng.choice(("guid", "version", "other")), rng.choice(("", "1.0", "v1.0", "2.0", "a" * 36)))


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None
    return parent


def _remove(element: etree._Element, rng: Random) -> None:
    _parent(element).remove(element)


def _double(element: etree._Element, rng: Random) -> None:
    parent = _parent(element)
    parent.insert(parent.index(element), copy.deepcopy(element))


def _move(element: etree._Element, rng: Random) -> None:
    parent = _parent(element)
    place = rng.randrange(len(parent))
    parent.remove(element)
    parent.insert(place, element)


def _insert(element: etree._Element, rng: Random) -> None:
    names = (f"{NAMESPACE}bogus", "foo", "{urn:x}guid", "{urn:x}" + etree.QName(element).localname)
    parent = _parent(element)
    parent.insert(parent.index(element), rng.choice((etree.Element(rng.choice(names)), etree.Comment("c"))))


def _fill(element: etree._Element, rng: Random) -> None:
    made = rng.choice((etree.Comment("c"), etree.ProcessingInstruction("p", "q"), etree.Element(f"{NAMESPACE}guid")))
    made.tail = rng.choice((None, "tail"))
    element.insert(0, made)


def _rename(element: etree._Element, rng: Random) -> None:
    name = etree.QName(element).localname
    element.tag = rng.choice((name, "{urn:x}" + name))


def _mark(element: etree._Element, rng: Random) -> None:
    element.set(rng.choice(("a", "{http://www.w3.org/2001/XMLSchema-instance}nil")), "true")


def _follow(element: etree._Element, rng: Random) -> None:
    element.tail = rng.choice(("x", " ", "\n"))
