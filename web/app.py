"""The web application: services under their keys, routes of every room, one middleware around them."""

from aiohttp import web

from core.remembered import Remembered
from web import keys
from web.api.routes import add_api_routes
from web.doors import DOORS, Doors
from web.feed import add_feed_route
from web.files import add_file_routes
from web.health import add_health_routes
from web.hooks.upload import add_hook_routes
from web.keys import Services
from web.live import add_live_route
from web.middlewares import add_headers, around
from web.pages import add_page_routes, discord_link
from web.program_keys import add_allowance
from web.sign_in import add_sign_in_routes


def create_app(services: Services) -> web.Application:
    """Bodies are bounded where they are read, so aiohttp's own limit holds for forms of pages alone."""
    app = web.Application(middlewares=[around], client_max_size=2 * 1024 * 1024)
    _provide(app, services)
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(add_allowance)
    add_health_routes(app)
    add_sign_in_routes(app)
    add_api_routes(app)
    add_hook_routes(app)
    add_file_routes(app)
    add_feed_route(app)
    add_live_route(app)
    add_page_routes(app)
    discord_link.add_routes(app)
    return app


def _provide(app: web.Application, services: Services) -> None:
    app[keys.SERVICES] = services
    app[keys.SITE] = services.site
    app[keys.CLOCK] = services.clock
    app[keys.BUS] = services.bus
    app[keys.READS] = services.reads
    app[keys.PEOPLE] = services.people
    app[keys.OFFICE] = services.office
    app[keys.PEOPLE_READS] = services.people_reads
    app[keys.IDENTITIES] = services.identities
    app[keys.KEYS] = services.keys
    app[keys.SIGN_INS] = services.sign_ins
    app[keys.ACCOUNTS] = services.accounts
    app[keys.PAUSING] = services.pausing
    app[keys.REVIEW] = services.review
    app[keys.PLANNER] = services.planner
    if services.planning is not None:
        app[keys.PLANNING] = services.planning
    if services.bulk is not None:
        app[keys.BULK] = services.bulk
    if services.operations is not None:
        app[keys.OPERATIONS] = services.operations
    if services.rooms is not None:
        app[keys.ROOMS] = services.rooms
    if services.programs is not None:
        app[keys.PROGRAMS] = services.programs
    app[keys.RESOLVE] = services.resolve
    app[keys.LINKING] = services.linking
    app[keys.RELEASE] = services.release
    app[keys.INTAKE] = services.intake
    if services.known_pictures is not None:
        app[keys.KNOWN_PICTURES] = services.known_pictures
    app[keys.IMAGES] = services.images
    app[DOORS] = Doors()
    app[keys.REMEMBERED] = Remembered(services.people_reads.version)
