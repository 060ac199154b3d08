"""What sharing offers."""

from gongfu.base.cards import Card, Screen
from gongfu.base.sharing import agreements, screens
from gongfu.base.sharing.cases import KIND

SHARING = ("sharing.catalogue",)
CARD = Card(
    "sharing", "数据共享", "Sharing",
    screens=(
        Screen("published", "公开数据", "Open data", "public", "open/<str:code>", screens.published, features=SHARING),
        *(
            screen
            for portal in ("enterprise", "bureau")
            for screen in (
                Screen("catalogue", "数据目录", "Data catalogue", portal, "catalogue", screens.catalogue, "sharing.apply", "数据", "Data", "database", order=70, features=SHARING),
                Screen("dataset", "数据资源", "Dataset", portal, "catalogue/<str:code>", screens.dataset, "sharing.read", features=SHARING),
                Screen("reads", "数据读取记录", "Access log", portal, "reads", screens.reads, "sharing.log", "数据", "Data", "eye", order=71, features=SHARING),
            )
        ),
        Screen("reads", "数据读取记录", "Access log", "citizen", "reads", screens.reads, "sharing.log", "我的信息", "My data", "eye", order=11, features=("access.security",)),
        Screen("consents", "授权与同意", "Consents", "citizen", "consents", screens.consents, "sharing.consent", "我的信息", "My data", "hand-stop", order=12, features=("access.security",)),
        Screen("consents", "授权与同意", "Consents", "enterprise", "consents", screens.consents, "sharing.consent", "数据", "Data", "hand-stop", order=72, features=SHARING),
        Screen("grants", "数据授权", "Grants", "bureau", "grants", screens.grants, "sharing.decide", "数据", "Data", "key", order=73, features=SHARING),
        Screen("agreements", "合作协议", "Agreements", "bureau", "agreements", agreements.page, "registers.read", "数据", "Data", "link", order=74, features=("sharing.agreements",)),
    ),
    cases=(KIND,),
    registers=(agreements.REGISTER,),
)  # fmt: skip
