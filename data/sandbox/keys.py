"""What handlers find in the application."""

from aiohttp import web

from data.sandbox.faults import Faults
from data.sandbox.pictures import Pictures
from data.sandbox.world import World

WORLD = web.AppKey("world", World)
FAULTS = web.AppKey("faults", Faults)
PICTURES = web.AppKey("pictures", Pictures)
