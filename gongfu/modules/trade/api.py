"""The door of customs under the 179 interface: one address for each platform, a form in, a coded answer out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from gongfu.base.access.actor import Actor
from gongfu.modules.trade import realtime

CUSTOMS = Actor("customs", "none", frozenset({"realtime.take"}))


@csrf_exempt
def plat_data_open(request: HttpRequest, platform: str) -> HttpResponse:
    """platDataOpen: the form parameter `openReq`; every answer is JSON with a code, whatever came."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    taken = realtime.take(CUSTOMS, platform[:18], request.POST.get("openReq", ""))
    return JsonResponse(taken.answer, json_dumps_params={"ensure_ascii": False})
