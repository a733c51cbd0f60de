"""Accounts: registration, passwords, one's own record."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts import mails, queries, schemas
from app.accounts.errors import MailedTokenRefused
from app.accounts.mail import Mail, send_quietly
from app.accounts.rate_limits import Limit
from app.accounts.rules import is_weak
from app.accounts.tools import Tools
from app.auth.principal import Principal
from app.auth.tokens import SecretKind, hash_of, new_secret
from app.db import writing
from app.errors import InvalidRequest
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.models import MailedToken, MailPurpose, Person
from app.models.membership import OrganisationRole
from app.models.registry import Organisation

CONFIRMATION_HOURS = 48
RESET_MINUTES = 60


def check_registration(tools: Tools, given: schemas.Registration) -> None:
    """Refuse what can be refused without looking the address up. Raises InvalidRequest and TooManyRequests."""
    tools.limits.count(Limit.REGISTRATION_BY_CLIENT, tools.client)
    tools.limits.count(Limit.REGISTRATION_BY_ADDRESS, given.email)
    _refuse_weak(given.password.get_secret_value(), given.email, "/body/password")


async def register(tools: Tools, given: schemas.Registration) -> None:
    """Open an account that waits for its address to be confirmed, and send the mail for it.

    An address that has an account gets a mail that says so. Called when the answer is sent already, so that
    neither the answer nor its time can depend on the address.
    """
    password_hash = await tools.passwords.hash(given.password.get_secret_value())
    try:
        mail = await _open_account(tools, given, password_hash)
    except IntegrityError:
        # Somebody else has registered the same address at the same moment: now it is there.
        mail = await _open_account(tools, given, password_hash)
    await send_quietly(tools.mailer, mail)


async def _open_account(tools: Tools, given: schemas.Registration, password_hash: str) -> Mail:
    async with writing(tools.new_session) as session:
        person = await queries.person_by_email(session, given.email)
        if person is not None and person.confirmed_at is not None:
            return mails.already_registered(given.email)
        if person is None:
            person = Person(
                email=given.email, name=given.name, password_hash=password_hash, created_at=tools.now
            )
            session.add(person)
        person.name = given.name
        person.password_hash = password_hash
        token = await _mailed_token(
            session, tools, person, MailPurpose.CONFIRM_ADDRESS, timedelta(hours=CONFIRMATION_HOURS)
        )
        return mails.confirm_address(given.email, token, hours=CONFIRMATION_HOURS)


async def confirm(tools: Tools, given: schemas.Confirmation) -> None:
    """Confirm the address of a new account. Raises MailedTokenRefused and TooManyRequests.

    The password is asked too: else somebody could open an account in a stranger's name and let the stranger
    confirm it by a click.
    """
    tools.limits.count(Limit.TOKEN_BY_CLIENT, tools.client)
    token_hash = hash_of(SecretKind.MAILED_TOKEN, given.token) or ""
    async with tools.new_session() as session:
        token = await queries.mailed_token(session, MailPurpose.CONFIRM_ADDRESS, token_hash, tools.now)
        person = None if token is None else await session.get(Person, token.person_id)
    stored = None if person is None else person.password_hash
    right = await tools.passwords.verify(given.password.get_secret_value(), stored)
    if token is None or token.id is None or not right:
        raise MailedTokenRefused
    async with writing(tools.new_session) as session:
        if not await queries.use_mailed_token(session, token.id, tools.now):
            raise MailedTokenRefused
        confirmed = await queries.get_person_for_update(session, token.person_id)
        if confirmed.password_hash != stored:
            raise MailedTokenRefused
        confirmed.confirmed_at = confirmed.confirmed_at or tools.now
        _record(session, confirmed, "person.confirmed")


def check_reset_request(tools: Tools, given: schemas.ResetRequest) -> None:
    """Raises TooManyRequests; the count is the same for addresses without an account."""
    tools.limits.count(Limit.RESET_BY_CLIENT, tools.client)
    tools.limits.count(Limit.RESET_BY_ADDRESS, given.email)


async def request_reset(tools: Tools, given: schemas.ResetRequest) -> None:
    """Send the mail that allows a new password, if the address has an open account.

    Called when the answer is sent already, so that neither the answer nor its time can depend on the address.
    """
    async with writing(tools.new_session) as session:
        person = await queries.person_by_email(session, given.email)
        if person is None or person.disabled:
            return
        token = await _mailed_token(
            session, tools, person, MailPurpose.RESET_PASSWORD, timedelta(minutes=RESET_MINUTES)
        )
    await send_quietly(tools.mailer, mails.reset_password(given.email, token, minutes=RESET_MINUTES))


async def complete_reset(tools: Tools, given: schemas.ResetCompletion) -> str:
    """Set a new password by a mailed token, end every session, and return the address.

    The token proves the address, so it is confirmed as well.
    Raises MailedTokenRefused, InvalidRequest and TooManyRequests.
    """
    tools.limits.count(Limit.TOKEN_BY_CLIENT, tools.client)
    token_hash = hash_of(SecretKind.MAILED_TOKEN, given.token) or ""
    password = given.new_password.get_secret_value()
    password_hash = await tools.passwords.hash(password)
    async with writing(tools.new_session) as session:
        token = await queries.mailed_token(session, MailPurpose.RESET_PASSWORD, token_hash, tools.now)
        if token is None or token.id is None:
            raise MailedTokenRefused
        person = await queries.get_person_for_update(session, token.person_id)
        _refuse_weak(password, person.email, "/body/new_password")
        if person.disabled or not await queries.use_mailed_token(session, token.id, tools.now):
            raise MailedTokenRefused
        person.confirmed_at = person.confirmed_at or tools.now
        await _set_password(session, tools, person, password_hash)
        return person.email


async def change_password(tools: Tools, principal: Principal, given: schemas.PasswordChange) -> str:
    """Set a new password, end every session, and return the address.

    Raises InvalidRequest for a weak password and where the current one is not right, and TooManyRequests.
    """
    email, person_id = principal.email or "", principal.person_id or 0
    tools.limits.count(Limit.SIGN_IN_BY_ADDRESS, email)
    password = given.new_password.get_secret_value()
    _refuse_weak(password, email, "/body/new_password")
    async with tools.new_session() as session:
        stored = (await queries.read_person(session, person_id)).password_hash
    if not await tools.passwords.verify(given.current_password.get_secret_value(), stored):
        detail = Localized(zh="当前密码不正确", en="The current password is not right")
        raise InvalidRequest.at("/body/current_password", "wrong_password", detail)
    password_hash = await tools.passwords.hash(password)
    async with writing(tools.new_session) as session:
        await _set_password(
            session, tools, await queries.get_person_for_update(session, person_id), password_hash
        )
    return email


async def tell_of_new_password(tools: Tools, email: str) -> None:
    """Send the mail that lets its owner notice a password that somebody else has changed."""
    await send_quietly(tools.mailer, mails.password_changed(email))


async def get_me(session: AsyncSession, principal: Principal) -> tuple[schemas.PersonRead, int]:
    """Return the record of the one who asks, and its version."""
    person = await queries.read_person(session, principal.person_id or 0)
    memberships = await queries.memberships_of(session, principal.person_id or 0)
    return _read(person, principal, memberships), person.version


async def update_me(
    session: AsyncSession, principal: Principal, precondition: Precondition, given: schemas.PersonUpdate
) -> tuple[schemas.PersonRead, int]:
    """Change one's own record. Raises PreconditionFailed."""
    person = await queries.get_person_for_update(session, principal.person_id or 0)
    precondition.require(person.version)
    if person.name != given.name:
        before, after = {"name": person.name}, {"name": given.name}
        actor = audit.actor_of(principal)
        audit.record(session, actor, "person.updated", "person", person.uid, before=before, after=after)
        person.name = given.name
        person.version += 1
    return _read(
        person, principal, await queries.memberships_of(session, principal.person_id or 0)
    ), person.version


def _read(
    person: Person, principal: Principal, memberships: Sequence[tuple[Organisation, OrganisationRole]]
) -> schemas.PersonRead:
    return schemas.PersonRead(
        id=person.uid,
        email=person.email,
        name=person.name,
        is_admin=principal.is_admin,
        is_expert=principal.is_expert,
        organisations=[
            schemas.OrganisationOfPerson(
                id=organisation.uid,
                slug=organisation.slug,
                name=Localized(zh=organisation.name_zh, en=organisation.name_en),
                role=role,
            )
            for organisation, role in memberships
            if organisation.id in principal.roles
        ],
        duties=[
            schemas.DutyOfPerson(department=duty.department, region_code=duty.region_code, role=duty.role)
            for duty in principal.departments
        ],
        scopes=None if principal.scopes is None else schemas.known_scopes(principal.scopes),
        demo=person.demo,
        created_at=person.created_at,
    )


async def _mailed_token(
    session: AsyncSession, tools: Tools, person: Person, purpose: MailPurpose, lifetime: timedelta
) -> str:
    """Return a new token for the person; those sent before are no longer good."""
    # The person may be new, and the token needs its key.
    await session.flush()
    person_id = person.id or 0
    await queries.withdraw_mailed_tokens(session, person_id, tools.now)
    secret = new_secret(SecretKind.MAILED_TOKEN)
    session.add(
        MailedToken(
            person_id=person_id,
            purpose=purpose,
            token_hash=secret.sha256,
            expires_at=tools.now + lifetime,
        )
    )
    return secret.text


async def _set_password(session: AsyncSession, tools: Tools, person: Person, password_hash: str) -> None:
    person.password_hash = password_hash
    _record(session, person, "person.password_changed")
    await queries.revoke_sessions(session, person.id or 0, tools.now)
    await queries.withdraw_mailed_tokens(session, person.id or 0, tools.now)


def _record(session: AsyncSession, person: Person, action: str) -> None:
    """Note in the audit trail what a person did with a proof of their own in place of a session."""
    actor = audit.actor_of(Principal(person_id=person.id, person_uid=person.uid))
    audit.record(session, actor, action, "person", person.uid)


def _refuse_weak(password: str, email: str, pointer: str) -> None:
    if is_weak(password, email=email):
        detail = Localized(
            zh="密码太容易猜到：请勿使用重复、连续的字符或邮箱",
            en="The password is too easy to guess: it repeats, counts, or is the address",
        )
        raise InvalidRequest.at(pointer, "weak_password", detail)
