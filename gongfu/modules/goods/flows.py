"""Product filing (商品备案): what a firm says of a product, and how it is reviewed and changed (R-706)."""

from __future__ import annotations

from gongfu.core.ceb.schema import code_names
from gongfu.core.fields import Field
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.modules.goods.rules import FLAGS

MODES = (
    ("9610", "9610 直购 / 零售出口", "9610 direct retail"),
    ("1210", "1210 保税", "1210 bonded"),
    ("1239", "1239 保税A", "1239 bonded A"),
    ("9710", "9710 B2B 直接出口", "9710 B2B direct export"),
    ("9810", "9810 出口海外仓", "9810 overseas warehouse"),
)
DIRECTIONS = (("I", "进口", "import"), ("E", "出口", "export"))
LANES = (("simple", "清单 / 简化申报", "list, simplified"), ("full", "正式报关", "full declaration"))
AUTHORITY = (
    ("own", "自有品牌", "own brand"),
    ("authorised", "有授权书", "authorised"),
    ("genuine", "正品采购，无授权书", "genuine goods, no authorisation"),
    ("none", "无品牌", "no brand"),
)
FLAG_CHOICES = tuple((code, zh, en) for code, (zh, en) in FLAGS.items())
CONTENT_UNITS = (("ml", "毫升", "ml"), ("g", "克", "g"), ("piece", "片 / 张", "piece"))
COUNTRIES, UNITS = code_names("country"), code_names("unit")
KEY = ("item_no", "mode", "direction")

FIELDS = (
    Field("item_no", "企业商品货号", "Item number", longest=20, help="本企业内每种贸易方式一个。", help_en="One per mode within the firm."),
    Field("mode", "贸易方式", "Mode", "choice", choices=MODES),
    Field("direction", "进出口", "Direction", "choice", choices=DIRECTIONS),
    Field("name", "商品名称", "Name", longest=100),
    Field("spec", "规格型号", "Specification", longest=200),
    Field("hs_code", "商品编码", "HS code", "hs_code", suggest="/enterprise/hs/suggest", help="8 位或 10 位；也可以输入中英文词查找。", help_en="8 or 10 digits, or type words to find it."),
    Field("origin_country", "原产国（地区）", "Country of origin", "choice", choices=COUNTRIES),
    Field("brand", "品牌", "Brand", needed=False, longest=60),
    Field("authority", "品牌授权", "Brand authorisation", "choice", needed=False, choices=AUTHORITY),
    Field("gtin", "商品条码", "Barcode", "barcode", needed=False, help="GTIN，自动核对校验位。", help_en="GTIN; the check digit is verified."),
    Field("unit1", "法定第一单位", "First statutory unit", "choice", needed=False, choices=UNITS, help="不填则按商品编码取。", help_en="Taken from the HS code when left empty."),
    Field("unit2", "法定第二单位", "Second statutory unit", "choice", needed=False, choices=UNITS),
    Field("net_content", "净含量", "Net content", "decimal", needed=False, least=0, help="每件的含量；进口化妆品必填。", help_en="Of one piece; needed for imported cosmetics."),
    Field("net_unit", "净含量单位", "Unit of content", "choice", needed=False, choices=CONTENT_UNITS),
    Field("price_low", "最低单价", "Lowest price", "money", needed=False, unit="元", least=0),
    Field("price_high", "最高单价", "Highest price", "money", needed=False, unit="元", least=0),
    Field("declared", "已知的监管要求", "Known requirements", "choices", needed=False, choices=FLAG_CHOICES),
    Field("authorisation", "品牌授权书", "Brand authorisation letter", "file", needed=False),
    Field("certificate", "标准或质量证书", "Standard or quality certificate", "file", needed=False),
    Field("photo", "商品照片", "Photo", "file", needed=False),
    Field("licence_no", "许可证件号", "Licence number", needed=False, longest=40),
    Field("lane", "申报方式", "Lane", "choice", choices=LANES),
)  # fmt: skip
SHEET = tuple(one for one in FIELDS if one.kind != "file")
DOCUMENTS = tuple(one.name for one in FIELDS if one.kind == "file")
REASON = (Field("reason", "补正或不予备案的理由", "What to correct, or why not", "lines"),)
APPLY, REVIEW = "goods.apply", "goods.review"


def _moves(approve: str, approve_en: str, days: int) -> tuple[Move, ...]:
    return (
        Move("submit", "提交", "draft", "reviewing", by=APPLY, title_en="Submit"),
        Move("approve", approve, "reviewing", "approved", by=REVIEW, days=days, title_en=approve_en, other=True),
        Move("send_back", "退回补正", "reviewing", "draft", by=REVIEW, title_en="Send back", asks=REASON),
        Move("refuse", "不予通过", "reviewing", "refused", by=REVIEW, title_en="Refuse", asks=REASON, other=True),
        Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by=APPLY, title_en="Withdraw"),
    )


FINALS = ("approved", "refused", "withdrawn")
FILING = Flow("goods.filing", "商品备案", start="draft", finals=FINALS, moves=_moves("准予备案", "Approve", 3))
# A change that leaves HS code and origin as they are takes effect at once.
CHANGE = Flow(
    "goods.change",
    "商品备案变更",
    start="draft",
    finals=FINALS,
    moves=(
        *_moves("准予变更", "Approve the change", 2),
        Move("settle", "直接生效", "reviewing", "approved", by=HOUSE, title_en="Takes effect at once"),
    ),
)
