"""What the web application is handed."""

import secrets

from aiohttp import web

from core import __version__
from core.app.parts import App
from data.known_pictures import KnownPictureReader
from web.app import create_app
from web.keys import Services, Site


def web_application(app: App) -> web.Application:
    settings = app.settings
    site = Site(
        public_url=app.public_url,
        sandbox_url=app.sandbox.base_url if app.sandbox is not None else "",
        rules=lambda: app.operations.book.current,
        max_json_bytes=settings.limits.max_json_upload_bytes,
        trusted_proxies=settings.web.trusted_proxies,
        cors_origins=settings.web.cors_origins,
        picture_origins=app.images.link_origins(),
        upload_origins=app.images.upload_origins(),
        version=__version__,
        link_secret=secrets.token_bytes(32),
    )
    return create_app(
        Services(
            site=site,
            clock=app.clock,
            bus=app.bus,
            reads=app.reads,
            people=app.people,
            office=app.office,
            people_reads=app.people_reads,
            identities=app.identities,
            keys=app.keys,
            sign_ins=app.sign_ins,
            accounts=app.accounts,
            pausing=app.pausing,
            review=app.review,
            planner=app.planner,
            planning=app.planning,
            bulk=app.bulk,
            rooms=app.rooms,
            programs=app.programs,
            resolve=app.resolve,
            linking=app.linking,
            release=app.release,
            intake=app.intake,
            known_pictures=KnownPictureReader(app.database),
            direct_uploads=app.direct_uploads,
            deriver=app.deriver,
            images=app.images,
            inspector=app.inspector,
            metrics=app.metrics,
            readiness=app.vitals,
            loop_lag=app.loop_lag,
            links=app.links,
            notices=app.notices,
            has_discord=app.settings.discord is not None,
            operations=app.operations,
            welcome=app.welcome.greet if app.welcome is not None else None,
            is_draining=lambda: app.is_draining,
        )
    )
