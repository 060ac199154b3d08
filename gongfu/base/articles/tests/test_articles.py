"""Articles: a kind that is only data; published by someone else, never changed; read by whom they are for; found by words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongfu.base.access.actor import NOBODY, OPERATOR, Actor
from gongfu.base.articles import actions, queries, rules
from gongfu.base.articles.flows import STATES
from gongfu.base.articles.kinds import KINDS, ArticleKind
from gongfu.base.articles.models import Article, Version
from gongfu.base.articles.rules import Text
from gongfu.base.audit.models import Entry
from gongfu.base.kit import clock

# A kind as data: a recall notice, in both languages, that ends (it comes with no code of its own).
RECALL = KINDS.declare(ArticleKind("demo_recall", "召回公告", "Recall notice", expires=True, review_days=30))
MAY = frozenset(f"articles.{verb}" for verb in ("draft", "renew", "revise", "publish", "withdraw"))
WRITER = Actor("person:1", "zone", MAY, ("nanchong",), role="zone.office")
APPROVER = replace(WRITER, name="person:2")
ELSEWHERE = replace(WRITER, name="person:3", zones=("deyang",))
FIRM = Actor("person:4", "own", frozenset(), ("nanchong",), ("91511300MA6DEM014G",), "firm.operator")
DAY = date(2026, 3, 2)
POLICY = Text("海外仓租金补贴", "Overseas warehouse rent subsidy", "按**租金**的三成补贴。", DAY, audiences=("public",))
WHOLE = f"{POLICY.title_zh}\n{POLICY.title_en}\n{POLICY.body_zh}"
pytestmark = [pytest.mark.django_db, pytest.mark.feature("policy.library")]


def codes(done: actions.Done) -> list[str]:
    return [one.code for one in done.findings]


def published(text: Text = POLICY, *, kind: str = "policy", name: str = "rent", zone: str = "nanchong") -> Version:
    """A text written by one and published by another."""
    article = Article.objects.filter(kind=kind, name=name).first()
    actor = replace(WRITER, zones=(zone,)) if zone else replace(OPERATOR, name="person:5")
    done = actions.renew(actor, article.pk, text) if article else actions.draft(actor, kind, name, text, zone=zone)
    assert done.version is not None, done.findings
    mark = rules.fingerprint(done.version.text())
    told = actions.publish(replace(actor, name="person:2"), done.version.pk, fingerprint=mark)
    assert told.findings == [] and told.version is not None
    return told.version


def test_a_policy_is_written_by_one_and_published_by_another() -> None:
    version = actions.draft(WRITER, "policy", "rent", POLICY, zone="nanchong").version
    assert version is not None and queries.find("policy", "rent", DAY) is None
    mark = rules.fingerprint(version.text())
    assert codes(actions.publish(WRITER, version.pk, fingerprint=mark)) == ["ARTICLE-MAKER"]
    assert list(queries.drafts(APPROVER)) == [version] and list(queries.drafts(WRITER)) == []
    assert codes(actions.publish(ELSEWHERE, version.pk, fingerprint=mark)) == ["ARTICLE-UNKNOWN"]
    done = actions.publish(APPROVER, version.pk, fingerprint=mark)
    assert done.findings == [] and done.version is not None and done.version.approved_by == "person:2"
    found = queries.find("policy", "rent", DAY, zone="nanchong")
    assert found == version and found.title("en") == POLICY.title_en and found.body("en") == POLICY.body_zh
    assert Entry.objects.get(verb="articles.publish").facts["sha256"] == mark


def test_what_is_approved_is_what_was_read() -> None:
    version = actions.draft(WRITER, "policy", "rent", POLICY, zone="nanchong").version
    assert version is not None
    mark = rules.fingerprint(version.text())
    actions.revise(ELSEWHERE, version.pk, POLICY)
    revised = actions.revise(replace(WRITER, name="person:6"), version.pk, replace(POLICY, body_zh="五成。"))
    assert revised.version is not None and revised.version.editors == ["person:1", "person:6"]
    assert codes(actions.publish(APPROVER, version.pk, fingerprint=mark)) == ["ARTICLE-CHANGED"]


def test_the_next_version_takes_over_on_its_first_day() -> None:
    first = published()
    second = published(replace(POLICY, body_zh="按租金的四成补贴。", valid_from=DAY + timedelta(days=10)))
    first.refresh_from_db()
    assert first.valid_to == DAY + timedelta(days=9) and second.number == 2
    for days, version in ((0, first), (9, first), (10, second), (999, second)):
        assert queries.find("policy", "rent", DAY + timedelta(days=days), zone="nanchong") == version
    assert list(queries.history(first.article)) == [second, first]
    article = first.article
    draft = actions.renew(WRITER, article.pk, replace(POLICY, valid_from=DAY)).version
    assert draft is not None and codes(actions.renew(WRITER, article.pk, POLICY)) == ["ARTICLE-STATE"]
    told = actions.publish(APPROVER, draft.pk, fingerprint=rules.fingerprint(draft.text()))
    assert codes(told) == ["ARTICLE-OVERLAP"]


def test_a_withdrawn_text_is_read_no_more_and_stays_on_record() -> None:
    version = published()
    assert codes(actions.withdraw(WRITER, version.pk, reason="")) == ["ARTICLE-TEXT"]
    assert actions.withdraw(WRITER, version.pk, reason="文件废止").findings == []
    assert queries.find("policy", "rent", DAY, zone="nanchong") is None
    assert codes(actions.withdraw(WRITER, version.pk, reason="再次")) == ["ARTICLE-STATE"]
    assert codes(actions.revise(WRITER, version.pk, POLICY)) == ["ARTICLE-STATE"]
    assert Version.objects.get().reason == "文件废止"
    assert published().number == 2  # and the day is free for another


def test_an_expired_text_is_never_offered() -> None:
    published(replace(POLICY, valid_to=DAY + timedelta(days=1)))
    offered = [queries.readable(DAY + timedelta(days=n), zone="nanchong").count() for n in (-1, 0, 1, 2)]
    assert offered == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("audiences", "seen"),
    [(("public",), "NFWP"), (("firm",), "FWP"), (("officer",), "WP"), (("firm", "officer"), "FWP")],
)
def test_texts_are_read_by_whom_they_are_for(audiences: tuple[str, ...], seen: str) -> None:
    published(replace(POLICY, audiences=audiences))
    readers = {"N": NOBODY, "F": FIRM, "W": WRITER, "P": OPERATOR}
    found = [name for name, actor in readers.items() if queries.readable(DAY, actor=actor, zone="nanchong").exists()]
    assert "".join(found) == seen
    beyond = queries.readable(DAY, actor=ELSEWHERE, zone="nanchong").exists()
    assert beyond == ("public" in audiences)  # looking at another zone shows its public texts only


def test_texts_for_every_zone_are_read_in_each() -> None:
    published(zone="")
    published(name="local")
    assert queries.readable(DAY, zone="deyang").count() == 1 and queries.readable(DAY).count() == 1
    assert queries.readable(DAY, actor=WRITER).count() == 2 and queries.readable(DAY, actor=ELSEWHERE).count() == 1
    assert queries.readable(DAY, actor=OPERATOR, kind="policy").count() == 2


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"title_zh": " "}, "ARTICLE-TEXT", "title_zh"),
        ({"title_en": "x" * 201}, "ARTICLE-TEXT", "title_en"),
        ({"body_zh": "a\u202eb"}, "ARTICLE-TEXT", "body_zh"),
        ({"body_en": "\x00"}, "ARTICLE-TEXT", "body_en"),
        ({"valid_to": DAY - timedelta(days=1)}, "ARTICLE-PERIOD", "valid_to"),
        ({"audiences": ()}, "ARTICLE-AUDIENCE", "audiences"),
        ({"audiences": ("public", "press")}, "ARTICLE-AUDIENCE", "audiences"),
        ({"zones": ("deyang",)}, "ARTICLE-AUDIENCE", "zones"),
    ],
)
def test_bad_drafts_get_findings_and_leave_nothing(more: dict[str, Any], code: str, field: str) -> None:
    done = actions.draft(WRITER, "policy", "rent", replace(POLICY, **more), zone="nanchong")
    assert [(one.code, one.field) for one in done.findings] == [(code, field)]
    assert done.findings[0].message("en") and not Article.objects.exists() and not Entry.objects.exists()


def test_short_names_zones_and_kinds_are_checked() -> None:
    published()
    for name in ("rent", "Rent", "-", "租金", "a" * 61):
        assert codes(actions.draft(WRITER, "policy", name, POLICY, zone="nanchong")) == ["ARTICLE-NAME"]
    assert codes(actions.draft(WRITER, "policy", "other", POLICY, zone="deyang")) == ["ARTICLE-AUDIENCE"]
    assert codes(actions.draft(WRITER, "nothing", "other", POLICY, zone="nanchong")) == ["KIND-UNKNOWN"]
    with pytest.raises(PermissionDenied):
        actions.draft(FIRM, "policy", "other", POLICY, zone="nanchong")


@pytest.mark.feature("outlook.alerts")
def test_a_kind_that_is_only_data() -> None:
    text = replace(POLICY, title_zh="召回电热毯", body_zh="停止使用。", push=True)
    version = actions.draft(WRITER, RECALL.code, "blanket", text, zone="nanchong").version
    assert version is not None
    told = actions.publish(APPROVER, version.pk, fingerprint=rules.fingerprint(version.text()))
    assert [(one.code, one.field) for one in told.findings] == [
        ("ARTICLE-TEXT", "body_en"),
        ("ARTICLE-PERIOD", "valid_to"),
    ]
    actions.revise(WRITER, version.pk, replace(text, body_en="Stop using it.", valid_to=DAY + timedelta(days=900)))
    version.refresh_from_db()
    told = actions.publish(APPROVER, version.pk, fingerprint=rules.fingerprint(version.text()))
    assert told.findings == [] and told.version is not None and told.version.push
    now = clock.now().date()
    later = replace(version.text(), valid_to=None)
    assert rules.publish_findings(RECALL, later) and not rules.publish_findings(RECALL, version.text())
    assert [queries.to_review(now + timedelta(days=n)).count() for n in (0, 32)] == [0, 1]


def test_search_finds_all_words_titles_first() -> None:
    published(name="rent")
    published(replace(POLICY, title_zh="展会补贴", title_en="Fairs", body_zh="海外仓企业参展。100%_补"), name="fairs")
    rows = queries.readable(DAY, zone="nanchong")
    assert [one.article.name for one in queries.search(rows, "海外仓")] == ["rent", "fairs"]
    assert [one.article.name for one in queries.search(rows, "补贴，参展")] == ["fairs"]
    assert [one.article.name for one in queries.search(rows, "WAREHOUSE rent")] == ["rent"]
    assert queries.search(rows, "").count() == 2 and not queries.search(rows, "没有的词").exists()
    assert [one.article.name for one in queries.search(rows, "100%_")] == ["fairs"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from(sorted({*WHOLE, *" ，%_\\'\x00xX甲"})), max_size=12))
def test_any_search_is_answered(asked: str) -> None:
    if not Version.objects.exists():
        published()
    found = queries.search(queries.readable(DAY, zone="nanchong"), asked)
    words = rules.words(asked)
    assert len(words) <= rules.WORDS
    assert found.count() == all(word in WHOLE.casefold() for word in words)


TEXTS = st.builds(
    Text,
    st.text(max_size=6),
    st.text(max_size=6),
    st.text(max_size=12),
    st.dates(),
    st.text(max_size=12),
    st.none() | st.dates(),
    st.lists(st.sampled_from([*rules.AUDIENCES, "press"]), max_size=3).map(tuple),
    st.lists(st.sampled_from(["nanchong", "deyang", "x"]), max_size=2).map(tuple),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["renew", "revise", "publish", "withdraw"]),
        st.sampled_from([WRITER, APPROVER, ELSEWHERE]),
        TEXTS,
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, STEPS)
def test_whatever_is_tried_one_version_holds_on_a_day_and_nobody_approves_his_own(
    text: Text, steps: list[tuple[str, Actor, Text]]
) -> None:
    with transaction.atomic():
        actions.draft(WRITER, "policy", "tried", text, zone="nanchong")
        actions.draft(WRITER, "policy", "tried", POLICY, zone="nanchong")
        article = Article.objects.get(name="tried")
        for verb, actor, words in steps:
            last = article.versions.order_by("-number").first()
            assert last is not None
            arguments: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
                "renew": ((article.pk, words), {}),
                "revise": ((last.pk, words), {}),
                "publish": ((last.pk,), {"fingerprint": rules.fingerprint(last.text())}),
                "withdraw": ((last.pk,), {"reason": words.title_zh}),
            }
            given_, named = arguments[verb]
            done = getattr(actions, verb)(actor, *given_, **named)
            assert all(one.message("zh") and one.remedy("en") for one in done.findings)
        rows = list(article.versions.filter(state="published"))
        for row in rows:
            assert row.approved_by and row.approved_by not in row.editors and row.title_en
            for day in (row.valid_from, row.valid_to or date.max):
                assert queries.readable(day, actor=OPERATOR).filter(article=article).count() == 1
        assert {row.state for row in article.versions.all()} <= set(STATES)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles_version SET body_zh = 'x' WHERE state = 'published'",
        "UPDATE articles_version SET valid_to = '9999-01-01' WHERE state = 'published'",
        "UPDATE articles_version SET approved_by = 'x' WHERE state = 'published'",
        "UPDATE articles_version SET state = 'draft' WHERE state = 'published'",
        "UPDATE articles_version SET state = 'withdrawn' WHERE state = 'published'",
        "UPDATE articles_version SET state = 'published' WHERE state = 'draft'",
        "UPDATE articles_version SET state = 'published', approved_by = 'person:1', published_at = now() WHERE state = 'draft'",
        "UPDATE articles_version SET state = 'published', approved_by = 'x', published_at = now(), body_zh = 'y' WHERE state = 'draft'",
        "UPDATE articles_version SET state = 'published', approved_by = 'x', published_at = now() WHERE state = 'draft'",
        "UPDATE articles_version SET editors = '{}' WHERE state = 'draft'",
        "UPDATE articles_version SET audiences = '{press}' WHERE state = 'draft'",
        "DELETE FROM articles_version",
    ],
)
def test_the_database_refuses_what_goes_past_the_rules(statement: str) -> None:
    version = published(replace(POLICY, valid_to=DAY + timedelta(days=300)))
    assert actions.renew(WRITER, version.article_id, POLICY).findings == []  # overlaps the published one
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
