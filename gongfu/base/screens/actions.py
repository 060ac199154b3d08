"""Keeping filters and import files of one's own."""

from __future__ import annotations

from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.files.actions import hold, keep_made
from gongfu.base.screens import workbooks
from gongfu.base.screens.models import SavedFilter, Upload

MOST = 20


@action("screens.filter", title="保存常用条件")
def save_filter(actor: Actor, listing: str, title: str, query: str) -> SavedFilter | None:
    """Keep the query string under a title; a title of one's own again gets the new query. None beyond twenty filters of a list."""
    mine = SavedFilter.objects.filter(owner=actor.name, listing=listing)
    if mine.exclude(title=title).count() >= MOST:
        return None
    kept, _ = SavedFilter.objects.update_or_create(
        owner=actor.name, listing=listing, title=title[:40], defaults={"query": query[:1000]}
    )
    return kept


@action("screens.forget", title="删除常用条件")
def forget_filter(actor: Actor, listing: str, number: int) -> None:
    """Forget one's own filter; nothing happens when it is not there."""
    SavedFilter.objects.filter(owner=actor.name, listing=listing, pk=number).delete()


@action("screens.upload", title="上传导入文件")
def keep_upload(
    actor: Actor, kind: str, data: bytes, name: str, preview: dict[str, Any], counts: tuple[int, int]
) -> Upload:
    """Keep a file that was checked, with its preview; the same content again brings its check up to date. counts: good, bad rows."""
    file = keep_made(WORKER, [data], name, "csv" if name.lower().endswith(".csv") else "xlsx", actor.name)
    told = {"file": file, "name": name[:120], "preview": preview, "good": counts[0], "bad": counts[1]}
    upload, _ = Upload.objects.update_or_create(
        owner=actor.name, kind=kind, sha256=workbooks.fingerprint(data), defaults=told
    )
    hold(file, f"screens.upload:{upload.pk}")
    return upload


@action("screens.take", title="受理导入文件")
def begin(actor: Actor, upload: Upload, job: int) -> Upload:
    """Note which job takes the file's rows."""
    upload.job = job
    upload.save(update_fields=["job"])
    return upload
