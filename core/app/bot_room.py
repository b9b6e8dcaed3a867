"""The bot, where a token is set: imported only then, for it is the heaviest import of all."""

from typing import TYPE_CHECKING

from core.app.parts import App

if TYPE_CHECKING:
    from bot.bot import Bot
    from bot.services import Services


def open_bot(app: App) -> "Bot | None":
    """None without a token. It is not connected yet: `run` does that, and goes on doing it."""
    chosen = app.settings.discord
    if chosen is None:
        return None
    from bot.bot import Bot, BotOptions

    options = BotOptions(
        token=chosen.token,
        api_base=chosen.api_base,
        gateway_from_api=chosen.api_base_is_set,
        guild_id=chosen.guild_id,
    )
    return Bot(bot_services(app), options, report=lambda connected: app.metrics.discord(connected=connected))


def bot_services(app: App) -> "Services":
    from bot.services import Services

    return Services(
        store=app.store,
        reads=app.reads,
        memory=app.discord_memory,
        people=app.people,
        people_reads=app.people_reads,
        review=app.review,
        links=app.links,
        intake=app.intake,
        images=app.images,
        inspector=app.inspector,
        bus=app.bus,
        clock=app.clock,
        pausing=app.pausing,
        planning=app.planning,
        rooms=app.rooms,
        resolve=app.resolve,
        public_url=app.public_url,
        check_up=app.operations.check_up,
    )
