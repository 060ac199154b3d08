"""What providers and entrustments offer."""

from gongfu.base.cards import Card, Screen
from gongfu.base.registers.actions import accreditation
from gongfu.modules.services import exporters, orders, screens
from gongfu.modules.services.datasets import DATASETS

SERVICES = ("parties.services",)
CARD = Card(
    "services", "委托服务", "Entrusted services",
    screens=(
        Screen("providers", "服务商", "Service providers", "public", "providers", screens.directory, features=SERVICES),
        Screen("provider", "服务商", "One provider", "public", "providers/<str:code>", screens.provider, features=SERVICES),
        Screen("providers", "服务商", "Service providers", "enterprise", "providers", screens.directory, "registers.read", "服务", "Services", "users", order=40, features=SERVICES),
        Screen("provider", "服务商", "One provider", "enterprise", "providers/<str:code>", screens.provider, "registers.read", features=SERVICES),
        Screen("entrust", "委托服务", "Entrust services", "enterprise", "entrust", screens.entrust, "services.entrust", features=SERVICES),
        Screen("entrustments", "我的委托", "My entrustments", "enterprise", "entrustments", screens.orders, "cases.read", "服务", "Services", "package", order=41, features=SERVICES),
        Screen("entrustment", "委托单", "One order", "enterprise", "entrustments/<int:number>", screens.order, "cases.read", features=SERVICES),
        Screen("jobs", "接到的委托", "Entrusted to us", "enterprise", "service-jobs", screens.jobs, "services.provide", "服务", "Services", "briefcase", order=42, features=SERVICES),
        Screen("ratings", "收到的评价", "Our ratings", "enterprise", "ratings", screens.own_ratings, "services.answer", "服务", "Services", "star", order=43, features=SERVICES),
        Screen("agency", "实际委托人清单", "Actual exporters", "enterprise", "agency", exporters.exporters, "services.agency", "服务", "Services", "report", order=44, features=SERVICES),
        Screen("providers", "服务商", "Service providers", "bureau", "providers", screens.listed, "services.agency", "服务", "Services", "users", order=40, features=SERVICES),
        Screen("entrustments", "委托单", "Orders", "bureau", "entrustments", screens.orders, "services.agency", "服务", "Services", "package", order=41, features=SERVICES),
        Screen("entrustment", "委托单", "One order", "bureau", "entrustments/<int:number>", screens.order, "services.agency", features=SERVICES),
        Screen("ratings", "服务评价", "Ratings", "bureau", "ratings", screens.ratings, "services.agency", "服务", "Services", "star", order=42, features=SERVICES),
        Screen("agency", "实际委托人清单", "Actual exporters", "bureau", "agency", exporters.exporters, "services.agency", "服务", "Services", "report", order=43, features=SERVICES),
    ),
    cases=(accreditation(orders.PROVIDERS), *orders.KINDS),
    registers=(orders.PROVIDERS,),
    datasets=DATASETS,
)  # fmt: skip
