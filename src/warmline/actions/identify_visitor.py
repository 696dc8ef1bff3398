"""Who the visitor is, and where an answer reaches them."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.actions.app import App
from warmline.actions.scene import Stage, scene_of, stage_of
from warmline.domain.handoff import NeedsEmail, Offered
from warmline.domain.ids import ConversationId
from warmline.domain.message import THE_AGENT, Message
from warmline.domain.visitor import Contact, EmailAddress, Identity, Proof, Visitor, suggestion
from warmline.domain.wording import say
from warmline.errors import Invalid
from warmline.store.base import Transaction


@dataclass(frozen=True, slots=True)
class Given:
    """An address that was taken, echoed back, and what may have been meant instead.

    With a suggestion nothing went on yet: the same address again confirms it, the suggested one corrects it.
    """

    stage: Stage
    email: EmailAddress | None
    suggestion: EmailAddress | None = None


async def identify_visitor(app: App, visitor: Visitor, id: ConversationId, identity: Identity) -> Stage:
    """The shop vouches for this visitor now."""
    return await app.store.write(lambda tx: _identify(tx, app, visitor, id, identity))


async def give_email(app: App, visitor: Visitor, id: ConversationId, text: str) -> Given:
    """The address for the answer. Raises Invalid, Conflict, NotFound."""
    address = EmailAddress.parse(text)
    given = await app.store.write(lambda tx: _give(tx, app, visitor, id, address))
    await _tell(app, visitor, id)
    return given


async def skip_email(app: App, visitor: Visitor, id: ConversationId) -> Given:
    """Go on without an address, where a teammate can answer in the chat. Raises Invalid, Conflict, NotFound."""
    given = await app.store.write(lambda tx: _skip(tx, app, visitor, id))
    await _tell(app, visitor, id)
    return given


async def _tell(app: App, visitor: Visitor, id: ConversationId) -> None:
    await app.live.tell(id)
    await app.live.tell(f"inbox:{visitor.workspace}")


def _identify(tx: Transaction, app: App, visitor: Visitor, id: ConversationId, identity: Identity) -> Stage:
    conversation = tx.conversation_of(visitor.id, id)
    tx.identify(visitor.id, identity)
    conversation.identified(identity.subject, identity.email_verified, app.clock())
    stage = stage_of(tx, conversation, app.mail is not None, app.clock())
    contact = identity.contact
    if contact is not None and conversation.handoff and isinstance(conversation.handoff.step, NeedsEmail):
        conversation.give_email(contact, scene_of(tx, stage, contact), stage.now)
    tx.save(conversation)
    return stage


def _give(tx: Transaction, app: App, visitor: Visitor, id: ConversationId, address: EmailAddress) -> Given:
    stage = stage_of(tx, tx.conversation_of(visitor.id, id), app.mail is not None, app.clock())
    meant = take_address(tx, stage, address)
    tx.save(stage.conversation)
    return Given(stage, address, meant)


def take_address(tx: Transaction, stage: Stage, address: EmailAddress) -> EmailAddress | None:
    """Go on with this address; or hold it and return what may have been meant, until it is given once more.

    Raises Invalid for an address of the shop's own, Conflict when none is needed or it comes too late.
    """
    conversation = stage.conversation
    _refuse_our_own(tx, stage, address)
    contact = Contact(address, Proof.TYPED)
    waiting = conversation.handoff is not None and isinstance(conversation.handoff.step, NeedsEmail | Offered)
    before = stage.visitor.contact
    confirmed = before is not None and before.email.key == address.key
    if waiting:
        tx.set_contact(stage.visitor.id, contact)
    meant = suggestion(address) if waiting and not confirmed else None
    if meant is None:
        conversation.give_email(contact, scene_of(tx, stage, contact), stage.now)
    return meant


def usable(tx: Transaction, stage: Stage, address: EmailAddress | None) -> Contact | None:
    """An address that came with a yes or a wish for a person, kept as the visitor's.

    None when something seems wrong with it: then `take_written` asks for it.
    """
    if address is None or suggestion(address) is not None:
        return None
    try:
        _refuse_our_own(tx, stage, address)
    except Invalid:
        return None
    contact = Contact(address, Proof.TYPED)
    tx.set_contact(stage.visitor.id, contact)
    return contact


def take_written(tx: Transaction, stage: Stage, address: EmailAddress) -> None:
    """An address in a message passes the same checks as one in the form; what is wrong is said in the chat."""
    try:
        meant = take_address(tx, stage, address)
    except Invalid as refused:
        stage.conversation.say(Message(THE_AGENT, str(refused)), stage.now)
        return
    if meant is not None:
        stage.conversation.say(Message(THE_AGENT, say("email.typo", stage.lang, suggestion=meant.value)), stage.now)


def _skip(tx: Transaction, app: App, visitor: Visitor, id: ConversationId) -> Given:
    stage = stage_of(tx, tx.conversation_of(visitor.id, id), app.mail is not None, app.clock())
    stage.conversation.skip_email(scene_of(tx, stage), stage.now)
    tx.save(stage.conversation)
    return Given(stage, None)


def _refuse_our_own(tx: Transaction, stage: Stage, address: EmailAddress) -> None:
    """An address of the team would make the shop write to itself in a circle (THREATS T19)."""
    own = {teammate.email.lower() for teammate in tx.teammates(stage.workspace.id)}
    for integration in tx.integrations(stage.workspace.id):
        own |= {str(integration.settings.get(name, "")).lower() for name in ("email", "mailbox", "to", "from")}
    if address.key in own:
        raise Invalid("This address belongs to the shop's own team. Enter yours, such as name@example.com.", "email")
