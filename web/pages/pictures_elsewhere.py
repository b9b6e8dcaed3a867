"""Pages that show DeviantArt's own pictures: their policy allows for its hosts, and for nothing else."""

from aiohttp import web

from web.keys import ROOMS, SITE
from web.middlewares import content_policy


def with_pictures(request: web.Request, response: web.Response) -> web.Response:
    hosts = tuple(request.app[ROOMS].picture_hosts.split())
    site = request.app[SITE]
    policy = content_policy((*site.picture_origins, *hosts), site.upload_origins)
    response.headers["Content-Security-Policy"] = policy
    return response
