"""What filing offers."""

from gongfu.base.cards import Card, Command, Endpoint, Screen
from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.parties import filing, queries, screens
from gongfu.modules.parties.flows import CHOICES

FILING = ("parties.filing",)
CARD = Card(
    "parties", "市场主体", "Firms",
    screens=tuple(
        screen
        for portal, section in (("enterprise", ("备案", "Filing")), ("bureau", ("主体", "Subjects")))
        for screen in (
            Screen("parties", "备案企业", "Filed firms", portal, "parties", screens.parties, "parties.read", *section, "building", order=30, features=FILING),
            Screen("party", "企业", "One firm", portal, "parties/<int:number>", screens.party, "parties.read", features=FILING),
        )
    ),
    cases=filing.KINDS,
    endpoints=(Endpoint("GET", "/exchange/v1/snapshots", "", FILING),),
    commands=tuple(Command(f"gongfu partner {name}", FILING) for name in ("key", "add", "pull")),
    datasets=(
        Dataset(
            "parties.register", "市场主体名录", "Register of firms", "备案有效的市场主体。", "Firms with a valid filing.", "parties.review", queries.register,
            fields=(
                Field("code", "统一社会信用代码", "Credit code"), Field("name", "企业名称", "Name"), Field("kinds", "企业类型", "Kinds", "choices", choices=CHOICES),
                Field("zone", "备案地", "Home zone"), Field("filed_on", "备案日期", "Filed on", "date"),
                Field("customs_code", "海关注册编码", "Customs code", klass=INTERNAL), Field("dxp_id", "传输编号", "DXP number", klass=INTERNAL),
            ),
            subject="code", by=("code",), level="public",
        ),
    ),
)  # fmt: skip
