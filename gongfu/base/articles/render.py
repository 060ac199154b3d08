"""Markdown to HTML that is safe to show: markup of the writer's own is not taken, and what comes out is cleaned again."""

from __future__ import annotations

from functools import cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

TAGS = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li",
        "a", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.disable("image")


def html(markdown: str) -> SafeString:
    """The body as HTML: CommonMark with tables; headings begin at h2 (h1 is the page's), no pictures, no scripts, no styles."""
    parser = _parser()
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    drawn = parser.renderer.render(tokens, parser.options, {})
    return SafeString(
        nh3.clean(drawn, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow")
    )


def plain(markdown: str, limit: int = 160) -> str:
    """The beginning of the body as plain words, at most `limit` signs, for lists and messages."""
    said: list[str] = []
    for token in _parser().parse(markdown):
        if token.type == "inline":
            said += [child.content for child in token.children or () if child.type in ("text", "code_inline")]
            said.append(" ")
    text = " ".join("".join(said).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
