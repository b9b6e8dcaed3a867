"""How things are, on one embed: what needs a person comes first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import discord

from bot.cards import link_of
from bot.lists import line_of
from bot.services import Services
from bot.states import FAILED, NEEDS_YOU, PUBLISHED
from bot.text import clip, plain
from bot.times import moment, stamp
from core.account import Account, reconnect_path
from core.operations.findings import Finding, Severity
from core.ports import Overview
from core.posts.post import Post, PostStatus


def status_embed(
    services: Services,
    overview: Overview,
    last: Post | None,
    *,
    latency: float,
    instance: Sequence[Finding] = (),
) -> discord.Embed:
    """*instance*: what is wrong with the whole of it, as far as it concerns the reader."""
    problems = [_said(services, finding) for finding in instance] + problems_in(services, overview)
    embed = discord.Embed(
        title="Isekai",
        url=services.page(""),
        description=clip("\n".join(problems) or "● All is well. Nothing needs you.", 4000),
        color=NEEDS_YOU.color if problems else PUBLISHED.color,
    )
    embed.add_field(name="Next", value=_next(overview), inline=False)
    embed.add_field(name="Last published", value=_last(last), inline=False)
    scheduled = overview.counts.get(PostStatus.SCHEDULED, 0)
    review, drafts = overview.counts.get(PostStatus.REVIEW, 0), overview.counts.get(PostStatus.DRAFT, 0)
    embed.add_field(name="Queue", value=f"{scheduled} scheduled · {drafts} drafts · {review} in review", inline=False)
    accounts = "\n".join(_account(account) for account in overview.accounts)
    embed.add_field(name="Accounts", value=clip(accounts or "none linked", 1024), inline=False)
    beat = "connecting" if math.isnan(latency) or math.isinf(latency) else f"connected, {round(latency * 1000)} ms"
    embed.add_field(name="Discord", value=beat, inline=False)
    return embed


def problems_in(services: Services, overview: Overview) -> list[str]:
    """Sentences with what to do about each."""
    found = []
    if overview.paused_at is not None:
        found.append(f"{NEEDS_YOU.shape} Publishing is paused since {stamp(overview.paused_at)}: /resume goes on.")
    for account in overview.accounts:
        if account.shown_status == "reconnect":
            url = services.page(reconnect_path(account.id))
            found.append(
                f"{NEEDS_YOU.shape} **{plain(account.username, 60)}** lost its connection: [reconnect]({url})."
            )
        elif account.shown_status == "paused":
            found.append(f"{NEEDS_YOU.shape} **{plain(account.username, 60)}** is paused: /resume goes on.")
    for post in overview.needs_person[:5]:
        title = plain(post.details.title, 60) or f"#{post.id}"
        found.append(f"{FAILED.shape} [{title}]({services.post_page(post.id)}) waits for your decision.")
    return found


def _said(services: Services, finding: Finding) -> str:
    shape = FAILED.shape if finding.severity is Severity.BAD else NEEDS_YOU.shape
    link = f" [{finding.link_text}]({services.page(finding.link.lstrip('/'))})" if finding.link else ""
    return f"{shape} {plain(finding.sentence, 300)} {plain(finding.advice, 300)}{link}".strip()


def _next(overview: Overview) -> str:
    return line_of(overview.next_up[0]) if overview.next_up else "Nothing is scheduled."


def _last(post: Post | None) -> str:
    if post is None or post.published_at is None:
        return "Nothing yet."
    title = plain(post.details.title, 80) or f"#{post.id}"
    link = link_of(post)
    return f"{f'[{title}]({link})' if link else title} · {moment(post.published_at)}"


def _account(account: Account) -> str:
    ends = f" · token until {stamp(account.refresh_expires_at, 'd')}" if account.refresh_expires_at else ""
    return f"**{plain(account.username, 60)}**: {account.shown_status}{ends}"
