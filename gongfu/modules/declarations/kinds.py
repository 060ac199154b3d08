"""Accounts and registers of bonded business as data: the book, the person's yearly quantities, books and sites as registers."""

from __future__ import annotations

from gongfu.base.ledgers.kinds import KINDS, LedgerKind
from gongfu.base.registers.kinds import RegisterKind
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.declarations.rules import sites

# owner: emsNo, period: itemRecordNo; unit: hundred-thousandths of the item's own unit (BookItem.unit), the statutory one as a rule.
BOOK = KINDS.declare(LedgerKind("bonded_book", "保税账册", "Bonded account book", "1e-5", stocked=True))
# owner: the buyer's key, period: year and group of goods; unit: grams (R-201, quantity per person and year).
PERSON_GOODS = KINDS.declare(LedgerKind("person_goods", "个人年度数量", "Yearly quantity of a person", "g"))
BOOK_APPLY, BOOK_REVIEW, SITE_APPLY, SITE_REVIEW = "books.apply", "books.review", "sites.apply", "sites.review"

BOOKS = RegisterKind(
    "declarations.book", "保税账册", "Bonded account books", "区内企业的保税账册；账册内的库存由平台逐笔核扣，海关账册为准。",
    "Account books of bonded warehouses; the platform deducts them entry by entry, the customs' book holds.",
    (
        Field("ems_no", "账册编号", "Book number (emsNo)", longest=30),
        Field("title", "名称", "Name", longest=100),
        Field("operator", "区内企业代码", "Operator", "uscc"),
        Field("site", "所在场所编号", "Site", longest=40),
        Field("customs_code", "主管海关", "Customs office", longest=4),
        Field("approval_no", "设立批准文号", "Approval", needed=False, longest=60, klass=INTERNAL),
        Field("opened_on", "启用日期", "In use from", "date"),
    ),
    module="declarations", key="ems_no", headline="title", decides=BOOK_REVIEW, opens=BOOK_APPLY, prefix="ZC", topic=("保税与场所", "Bonded business and sites"),
    words="账册 保税 1210 仓库 book", features=("declarations.accounts",),
)  # fmt: skip
SITES = RegisterKind(
    "declarations.site", "监管场所与保税载体", "Supervised and bonded sites", "监管作业场所、保税物流中心、综合保税区和指定监管场地；没有验收日期的不能受理 1210 清单。",
    "Supervised workplaces, bonded centres, bonded zones, designated ports; without acceptance none takes 1210 lists.",
    sites.FIELDS, module="declarations", key="code", headline="title", decides=SITE_REVIEW, opens=SITE_APPLY, prefix="CS",
    topic=("保税与场所", "Bonded business and sites"), words="场所 保税物流中心 综保区 监管 site", public=True, criteria=sites.unfit, features=("declarations.sites",),
)  # fmt: skip
