"""Events reach receivers: signed, in order, again until they are taken."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from aiohttp import web

from core.errors import NotFound, WrongState
from core.notices import Notices
from core.programs.settings import ALLOW_PRIVATE
from core.webhooks.dispatcher import Dispatcher
from core.webhooks.webhook import DeliveryState, Webhook
from core.webhooks.webhooks import Webhooks
from data.hook_sender import HookSender
from data.store import DatabaseStore
from data.vault import Vault
from data.webhooks import WebhookReader
from tests.support.mailbox import Mailbox, a_mailbox, a_mailer
from tests.support.programs import VAULT, House, a_house
from tests.support.receiver import BadSignature, Receiver, a_receiver, verify

URL = "https://isekai.example.org"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        async with house.store.transaction() as tx:
            await tx.instance.put(ALLOW_PRIVATE, True)
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def webhooks(house: House) -> Webhooks:
    return Webhooks(house.store, WebhookReader(house.database), house.clock)


@pytest.fixture
def dispatcher(house: House) -> Dispatcher:
    return a_dispatcher(house)


def a_dispatcher(house: House) -> Dispatcher:
    sender = HookSender(house.clock, user_agent="Isekai test")
    return Dispatcher(house.store, house.reads, sender, house.bus, house.clock, Random(1), public_url=URL)


async def send_all(dispatcher: Dispatcher) -> None:
    """One turn, without waiting for what is due later."""
    while await dispatcher.write_deliveries():
        pass
    while await dispatcher.send_due():
        pass


async def listen(webhooks: Webhooks, house: House, receiver: Receiver, *kinds: str) -> Webhook:
    return await webhooks.create(house.user.id, url=receiver.url, kinds=kinds, name="Mirror")


async def test_each_change_of_a_post_arrives_once_and_in_order(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    post = await house.post("Dawn")
    post = await house.review.approve(post.id, by=house.actor)
    await house.happened(post, "publication.uploading")
    await house.happened(post, "publication.needs_person")

    await send_all(dispatcher)
    await send_all(a_dispatcher(house))

    assert receiver.kinds == ["post.created", "post.approved", "post.needs_person"]
    assert len(set(receiver.ids)) == 3
    envelope = verify(webhook.secret, *receiver.calls[1])
    assert envelope["data"]["post"]["status"] == "draft"
    assert envelope["data"]["post"]["url"] == f"https://isekai.example.org/posts/{post.id}"
    assert envelope["timestamp"] == "2026-11-23T12:00:00Z"


async def test_a_bad_signature_is_found_out(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    await house.post()

    await send_all(dispatcher)

    headers, body = receiver.calls[0]
    assert verify(webhook.secret, headers, body)
    for tampered in (
        (headers, body.replace("Dawn", "Dusk")),
        ({**headers, "webhook-timestamp": "1"}, body),
        ({**headers, "webhook-id": "msg_other"}, body),
    ):
        with pytest.raises(BadSignature):
            verify(webhook.secret, *tampered)


async def test_what_follows_waits_for_what_failed_but_other_posts_go_on(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    await listen(webhooks, house, receiver)
    receiver.answers = [500]
    first = await house.post("First")
    await house.review.approve(first.id, by=house.actor)
    await house.post("Second")

    await send_all(dispatcher)
    assert receiver.kinds == ["post.created", "post.created"]

    await house.clock.advance(timedelta(seconds=10))
    await send_all(dispatcher)

    titles = [json.loads(body)["data"]["post"]["title"] for _, body in receiver.calls]
    assert titles == ["First", "Second", "First", "First"]
    assert receiver.kinds[2:] == ["post.created", "post.approved"]
    assert receiver.ids[0] == receiver.ids[2]


async def test_a_receiver_that_asks_for_time_gets_it(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    await listen(webhooks, house, receiver)
    receiver.answers = [web.Response(status=429, headers={"Retry-After": "900"})]
    await house.post()

    await send_all(dispatcher)
    await house.clock.advance(timedelta(minutes=14))
    await send_all(dispatcher)
    assert len(receiver.calls) == 1

    await house.clock.advance(timedelta(minutes=2))
    await send_all(dispatcher)
    assert len(receiver.calls) == 2


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mailbox() as mailbox:
        yield mailbox


@pytest.mark.parametrize("by_mail", [True, False])
async def test_after_a_day_of_failures_it_is_switched_off_with_one_notice(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher, mailbox: Mailbox, by_mail: bool
) -> None:
    mailer = a_mailer(mailbox.port, house.clock, public_url=URL)
    notices = Notices(house.store, house.reads, mailer, house.bus, house.clock, public_url=URL)
    wanted = {"webhook_off": {"mail": by_mail}, "review": {"mail": False}}
    await notices.choose(house.user.id, email="mira@example.org", wanted=wanted)
    webhook = await listen(webhooks, house, receiver)
    receiver.answers = [500] * 50
    await house.post()
    for _ in range(30):
        await send_all(dispatcher)
        await house.clock.advance(timedelta(hours=1))

    await house.post("Later")
    await send_all(dispatcher)
    for _ in range(3):
        while await notices.write() or await notices.send_due():
            pass
        await house.clock.advance(timedelta(hours=1))

    assert len(mailbox.letters) == by_mail
    if by_mail:
        [letter] = mailbox.letters
        said = letter.get_body(("plain",))
        assert said is not None
        assert "Mirror" in said.get_content() and f"{URL}/webhooks" in said.get_content()

    events = await house.reads.events_after(0, user_id=house.user.id)
    notices = [event for event in events if event.kind == "webhook.disabled"]
    [delivery] = await webhooks.deliveries(house.user.id, webhook.id)
    assert len(notices) == 1
    assert "Mirror" in notices[0].text
    assert "It answered 500." in notices[0].text
    assert delivery.state is DeliveryState.GIVEN_UP
    assert not (await webhooks.get(house.user.id, webhook.id)).is_enabled
    assert len(receiver.calls) == delivery.attempts < 15


async def test_a_receiver_that_is_gone_is_not_called_again(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    receiver.answers = [410]
    await house.post()
    await house.post()

    await send_all(dispatcher)

    assert len(receiver.calls) == 1
    assert "410" in str((await webhooks.get(house.user.id, webhook.id)).disabled_why)


async def test_switched_on_again_it_hears_only_what_happens_from_then_on(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    await webhooks.change(house.user.id, webhook.id, enabled=False)
    await house.post("Unheard")
    await webhooks.change(house.user.id, webhook.id, enabled=True)
    await house.post("Heard")

    await send_all(dispatcher)

    assert [json.loads(body)["data"]["post"]["title"] for _, body in receiver.calls] == ["Heard"]


async def test_only_the_wanted_kinds_and_ones_own_posts_are_told(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    other, _ = await house.user_named("juno")
    await listen(webhooks, house, receiver, "post.approved")
    mine = await house.post()
    await house.review.approve(mine.id, by=house.actor)
    theirs = await house.post(user_id=other.id)
    await house.happened(theirs, "post.approved")

    await send_all(dispatcher)

    assert receiver.kinds == ["post.approved"]
    assert json.loads(receiver.calls[0][1])["data"]["post"]["id"] == str(mine.id)


async def test_a_test_and_a_replay_go_out_at_once(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    delivery = await webhooks.try_out(house.user.id, webhook.id)
    await send_all(dispatcher)

    await webhooks.replay(house.user.id, webhook.id, delivery.id)
    await send_all(dispatcher)

    assert receiver.kinds == ["test", "test"]
    assert receiver.ids[0] == receiver.ids[1]
    [logged] = await webhooks.deliveries(house.user.id, webhook.id)
    assert (logged.state, logged.status) == (DeliveryState.DELIVERED, 204)


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    old = await listen(webhooks, house, receiver)
    new = await webhooks.rotate_secret(house.user.id, old.id)
    await house.post()
    await send_all(dispatcher)

    assert verify(old.secret, *receiver.calls[0]) == verify(new.secret, *receiver.calls[0])

    await house.clock.advance(timedelta(days=1))
    await house.post()
    await send_all(dispatcher)
    with pytest.raises(BadSignature):
        verify(old.secret, *receiver.calls[1])


async def test_other_peoples_webhooks_do_not_exist(house: House, receiver: Receiver, webhooks: Webhooks) -> None:
    webhook = await listen(webhooks, house, receiver)
    other, _ = await house.user_named("juno")

    for attempt in (
        webhooks.change(other.id, webhook.id, name="x"),
        webhooks.delete(other.id, webhook.id),
        webhooks.try_out(other.id, webhook.id),
        webhooks.deliveries(other.id, webhook.id),
        webhooks.rotate_secret(other.id, webhook.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_what_is_off_cannot_be_tried_out(house: House, receiver: Receiver, webhooks: Webhooks) -> None:
    webhook = await listen(webhooks, house, receiver)
    await webhooks.change(house.user.id, webhook.id, enabled=False)

    with pytest.raises(WrongState):
        await webhooks.try_out(house.user.id, webhook.id)


async def test_a_redirect_is_a_failure_and_never_followed(
    house: House, receiver: Receiver, webhooks: Webhooks, dispatcher: Dispatcher
) -> None:
    webhook = await listen(webhooks, house, receiver)
    receiver.answers = [web.Response(status=307, headers={"Location": receiver.url})]
    await house.post()

    await send_all(dispatcher)

    [delivery] = await webhooks.deliveries(house.user.id, webhook.id)
    assert len(receiver.calls) == 1
    assert "redirect" in str(delivery.error)


async def test_a_secret_that_our_keys_do_not_open_stops_its_webhook_alone(
    house: House, receiver: Receiver, webhooks: Webhooks
) -> None:
    sealed = await listen(webhooks, house, receiver)
    house.store = DatabaseStore(house.database, Vault(("another key",)), house.bus)
    other = Webhooks(house.store, WebhookReader(house.database), house.clock)
    fresh = await listen(other, house, receiver)
    await house.post("Dawn")

    await send_all(a_dispatcher(house))

    assert receiver.kinds == ["post.created"]
    verify(fresh.secret, *receiver.calls[0])
    async with house.store.transaction() as tx:
        (waiting,) = await tx.webhooks.due(now=house.clock.now() + timedelta(days=1), limit=9)
    assert (waiting.webhook_id, waiting.error) == (
        sealed.id,
        "Its secret does not open with the key of this instance: make a new one.",
    )
    house.store = DatabaseStore(house.database, VAULT, house.bus)
    async with house.store.transaction() as tx:
        again = await tx.webhooks.get(sealed.id)
    assert again is not None
    assert again.secret == sealed.secret, "it is whole where the key is back"
