"""How the process is doing: for balancers, for monitoring, for Prometheus."""

from aiohttp import web

from core.metrics import Metrics
from core.operations.check_up import CheckUp
from web.answers import json_answer
from web.keys import SERVICES, SITE

STARTED = web.AppKey("started", float)


async def health(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    return json_answer(
        {
            "status": "ok",
            "version": request.app[SITE].version,
            "uptime_seconds": round(services.clock.monotonic() - request.app[STARTED], 1),
            "event_loop_lag_ms": round(services.loop_lag.milliseconds, 2),
        }
    )


async def ready(request: web.Request) -> web.Response:
    """503 while something that publishing needs is not well."""
    services = request.app[SERVICES]
    checks = await services.readiness.checks()
    is_ready = not services.is_draining() and all(check.ok for check in checks.values() if check.matters)
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": {name: check.text for name, check in checks.items()},
    }
    return json_answer(body, status=200 if is_ready else 503)


async def metrics(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    for status, count in (await services.readiness.counts()).items():
        services.metrics.posts(status, count)
    if services.operations is not None:
        await _as_it_is_now(services.operations.check_up, services.metrics)
    return web.Response(
        body=services.metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


async def _as_it_is_now(check_up: CheckUp, metrics: Metrics) -> None:
    """What time alone changes: a circuit closes and a token ends without anything happening here."""
    kept = await check_up.kept()
    if kept is None:
        return
    now = check_up.now()
    metrics.circuit(is_open=kept.circuit_is_open(now))
    metrics.token_days({account.username: account.days_left(now) for account in kept.accounts})


def add_health_routes(app: web.Application) -> None:
    app[STARTED] = app[SERVICES].clock.monotonic()
    app.router.add_get("/health", health)
    app.router.add_get("/ready", ready)
    app.router.add_get("/metrics", metrics)
