"""Accounts over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Response

from app.accounts import api_key_usecases, schemas, session_usecases, usecases
from app.accounts.errors import (
    ApiKeyNotFound,
    MailedTokenRefused,
    RefreshRefused,
    SignInFailed,
    TooManyApiKeys,
)
from app.accounts.tools import ToolsDep
from app.auth.principal import PersonDep, SignedInDep
from app.db import ReadingSessionDep, SessionDep
from app.errors import InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag

# Credentials are exchanged once, or the same is answered each time: these take no Idempotency-Key.
router = APIRouter(tags=["accounts"])
api_keys = APIRouter(tags=["accounts"], route_class=IdempotentRoute)


@router.post("/accounts", status_code=202, summary="注册账户 Register an account")
async def register_account(
    tools: ToolsDep, given: schemas.Registration, after: BackgroundTasks
) -> schemas.Accepted:
    """The address gets a mail with a token to confirm it, or one that says it has an account already.

    The answer is the same in both cases, and given before the address is looked up.
    """
    usecases.check_registration(tools, given)
    after.add_task(usecases.register, tools, given)
    return schemas.Accepted()


@router.post(
    "/accounts/confirm",
    status_code=204,
    summary="确认邮箱 Confirm the address of an account",
    responses=problems(MailedTokenRefused),
)
async def confirm_account(tools: ToolsDep, given: schemas.Confirmation) -> None:
    """With the token of the mail and the password chosen at registration."""
    await usecases.confirm(tools, given)


@router.post("/sessions", summary="登录 Sign in with a password", responses=problems(SignInFailed))
async def create_session(tools: ToolsDep, given: schemas.SignIn) -> schemas.Session:
    """A short access token, and a refresh token for the next pair."""
    return await session_usecases.sign_in(tools, given)


@router.post("/sessions/refresh", summary="刷新令牌 Refresh a session", responses=problems(RefreshRefused))
async def refresh_session(tools: ToolsDep, given: schemas.Refresh) -> schemas.Session:
    """Each refresh token is good once. One that is used again ends the session: two have it, and one stole it."""
    return await session_usecases.refresh(tools, given.refresh_token)


@router.post("/sessions/sign-out", status_code=204, summary="退出登录 Sign out")
async def end_session(tools: ToolsDep, given: schemas.Refresh) -> None:
    """End the session of a refresh token, with its access tokens. A token that is not known is no error."""
    await session_usecases.sign_out(tools, given.refresh_token)


@router.get("/me", summary="我的账户 Read who I am")
async def get_me(
    session: ReadingSessionDep, principal: SignedInDep, response: Response
) -> schemas.PersonRead:
    """The person, with their organisations and duties. By an API key: what the key leaves of them."""
    me, version = await usecases.get_me(session, principal)
    set_etag(response, version)
    return me


@router.patch("/me", summary="修改我的账户 Edit my account", responses=problems(*EDIT_PROBLEMS))
async def update_me(
    session: SessionDep,
    principal: PersonDep,
    precondition: IfMatchDep,
    given: schemas.PersonUpdate,
    response: Response,
) -> schemas.PersonRead:
    """The name is what a person may change of themselves."""
    me, version = await usecases.update_me(session, principal, precondition, given)
    set_etag(response, version)
    return me


@router.post(
    "/me/password", status_code=204, summary="修改密码 Change my password", responses=problems(InvalidRequest)
)
async def change_password(
    tools: ToolsDep, principal: PersonDep, given: schemas.PasswordChange, after: BackgroundTasks
) -> None:
    """Every session ends, this one too; API keys stay."""
    email = await usecases.change_password(tools, principal, given)
    after.add_task(usecases.tell_of_new_password, tools, email)


@router.post("/password-resets", status_code=202, summary="申请重置密码 Ask for a new password")
async def request_password_reset(
    tools: ToolsDep, given: schemas.ResetRequest, after: BackgroundTasks
) -> schemas.Accepted:
    """An address with an account gets a mail with a token. The answer is the same for every address."""
    usecases.check_reset_request(tools, given)
    after.add_task(usecases.request_reset, tools, given)
    return schemas.Accepted()


@router.post(
    "/password-resets/complete",
    status_code=204,
    summary="完成重置密码 Set a new password",
    responses=problems(MailedTokenRefused, InvalidRequest),
)
async def complete_password_reset(
    tools: ToolsDep, given: schemas.ResetCompletion, after: BackgroundTasks
) -> None:
    """With the token of the mail, once. Every session ends; API keys stay."""
    email = await usecases.complete_reset(tools, given)
    after.add_task(usecases.tell_of_new_password, tools, email)


@api_keys.post(
    "/api-keys",
    status_code=201,
    summary="创建 API 密钥 Create an API key",
    responses=problems(InvalidRequest, TooManyApiKeys),
)
async def create_api_key(
    session: SessionDep, tools: ToolsDep, principal: PersonDep, given: schemas.ApiKeyCreate
) -> schemas.ApiKeyCreated:
    """For a machine that acts for you, within the scopes given. The key is shown in this answer only."""
    return await api_key_usecases.create_api_key(session, principal, given, tools.now)


@api_keys.get("/api-keys", summary="列出 API 密钥 List my API keys")
async def list_api_keys(
    session: ReadingSessionDep, tools: ToolsDep, principal: PersonDep
) -> schemas.ApiKeyList:
    """Those that are not revoked, newest first; expired ones too."""
    return await api_key_usecases.list_api_keys(session, principal, tools.now)


@api_keys.delete(
    "/api-keys/{key_id}",
    status_code=204,
    summary="撤销 API 密钥 Revoke an API key",
    responses=problems(ApiKeyNotFound),
)
async def revoke_api_key(
    session: SessionDep,
    tools: ToolsDep,
    principal: PersonDep,
    key_id: Annotated[uuid.UUID, Path(description="id of the key")],
) -> None:
    """It is refused from now on."""
    await api_key_usecases.revoke_api_key(session, principal, key_id, tools.now)
