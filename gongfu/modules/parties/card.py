"""What filing offers."""

from gongfu.base.cards import Card, Command, Endpoint, Finder, Screen
from gongfu.modules.parties import elsewhere, filing, screens
from gongfu.modules.parties.datasets import DATASETS

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
    cases=(*filing.KINDS, *elsewhere.KINDS),
    endpoints=(Endpoint("GET", "/exchange/v1/snapshots", "", FILING),),
    commands=tuple(Command(f"gongfu partner {name}", FILING) for name in ("key", "add", "pull")),
    datasets=DATASETS,
    papers=(screens.CERTIFICATE,),
    finders=(Finder("企业", "Firms", "parties.read", screens.find_parties),),
)  # fmt: skip
