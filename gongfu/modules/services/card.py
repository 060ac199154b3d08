"""What services offer."""

from gongfu.base.cards import Card, Screen
from gongfu.modules.services import orders, screens
from gongfu.modules.services.datasets import DATASETS

SERVICES = ("parties.services",)
CARD = Card(
    "services", "服务商与委托", "Services",
    screens=(
        Screen("providers", "服务商", "Providers", "public", "providers", screens.directory, features=SERVICES),
        Screen("provider", "服务商", "A provider", "public", "providers/<str:code>", screens.provider, features=SERVICES),
        *(
            screen
            for portal, section in (("enterprise", ("服务", "Services")), ("bureau", ("主体", "Subjects")))
            for screen in (
                Screen("providers", "服务商", "Providers", portal, "providers", screens.directory, "registers.read", *section, "briefcase", order=40, features=SERVICES),
                Screen("provider", "服务商", "A provider", portal, "providers/<str:code>", screens.provider, "registers.read", features=SERVICES),
                Screen("agency", "实际出口人", "Actual exporters", portal, "agency", screens.agency, "services.agency", *section, "file-invoice", order=41, features=SERVICES),
            )
        ),
    ),
    cases=orders.KINDS,
    registers=(orders.PROVIDERS,),
    datasets=DATASETS,
)  # fmt: skip
