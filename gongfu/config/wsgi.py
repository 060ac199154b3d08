"""The WSGI entry point that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from gongfu.config import datafolder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongfu.config.settings")
datafolder.UNKNOWN = True  # whoever asks is made known page by page (base.access.rows)
application = get_wsgi_application()
