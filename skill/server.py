"""How gunicorn serves the skill: its settings (`gunicorn --config python:skill.server`)."""

import os
import threading
from typing import Any

from skill.settings import TEXT_WORKERS, WARM_UP, SettingsError, read_settings
from skill.streams import MAX_LISTENERS

bind = "127.0.0.1:8080"
workers = 1
has_page = has_token = in_development = False
try:
    _settings = read_settings(os.environ)
    bind = f"{_settings.host}:{_settings.port}"
    workers = _settings.workers
    has_page, has_token = _settings.page, _settings.token is not None
    in_development = _settings.env == "development"
except SettingsError:
    pass  # the application lists everything that is wrong, and does not start

# Content is read, the database switched to WAL and every problem listed once, before any worker starts.
preload_app = True
worker_class = "gthread"
# Somebody who listens holds a thread until the file is sent; a thread that waits costs next to nothing.
threads = MAX_LISTENERS + 16
timeout = 30
# Longer than a load balancer keeps a connection, so that it is never closed under a request.
keepalive = 75
# Workers beat their heart in memory; on a disk that is busy a beat can be missed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - gunicorn's advice
# The control socket would be a file in the home directory, which a service may not have.
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "info"


def post_worker_init(worker: Any) -> None:
    """Behind the first requests, so that none waits for it; the sentence model would not survive a fork."""
    threading.Thread(target=worker.wsgi.extensions[WARM_UP], daemon=True).start()


def when_ready(server: Any) -> None:
    """Say where it listens, once it does, and how to try it without Alexa."""
    server.log.info("Gentle Back listens on http://%s (Ctrl-C stops it)", bind)
    if has_page and (in_development or has_token):
        server.log.info("To talk to it right now, open http://%s in a browser", bind)
    elif has_page:
        server.log.warning("The page cannot talk to us: in production it needs GENTLE_BACK_TOKEN")
    elif workers > TEXT_WORKERS and (in_development or has_token):
        server.log.info("No page and no text API: those need WEB_CONCURRENCY=%d", TEXT_WORKERS)
