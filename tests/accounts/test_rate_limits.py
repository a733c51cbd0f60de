"""How often what may be asked, by a clock that stands until it is told to go on."""

import pytest

from app.accounts.rate_limits import ClockedStorage, Limit, RateLimits, counts_as_write
from app.errors import TooManyRequests
from tests.accounts.conftest import EMAIL, Clock, World, bearer


def limits(clock: Clock, writes_per_minute: int = 3) -> RateLimits:
    return RateLimits(writes_per_minute=writes_per_minute, clock=clock)


def test_one_too_many_is_refused_until_the_window_ends() -> None:
    clock = Clock()
    counted = limits(clock)
    for _ in range(3):
        counted.count_write("a")
    clock.advance(seconds=12.5)
    with pytest.raises(TooManyRequests) as raised:
        counted.count_write("a")
    assert raised.value.headers == {"Retry-After": "48"}
    counted.count_write("b")
    clock.advance(seconds=47.5)
    counted.count_write("a")


def test_windows_that_ended_are_forgotten_when_there_are_many() -> None:
    clock = Clock()
    storage = ClockedStorage(lambda: clock().timestamp(), kept_at_most=10)
    for n in range(10):
        storage.incr(f"old {n}", 60)
    clock.advance(seconds=60)
    assert storage.incr("new", 60) == 1
    assert storage.reset() == 1


def test_memory_stays_bounded_however_many_ask_at_once() -> None:
    clock = Clock()
    storage = ClockedStorage(lambda: clock().timestamp(), kept_at_most=10)
    for n in range(1000):
        clock.advance(seconds=0.001)
        storage.incr(f"address {n}", 60)
        assert storage.get(f"address {n}") == 1
    assert storage.reset() <= 10


@pytest.mark.parametrize(
    ("method", "operation", "expected"),
    [
        ("GET", "list_services", False),
        ("post", "match_result", False),
        ("POST", "create_api_key", True),
        ("PATCH", "update_me", True),
        ("DELETE", "revoke_api_key", True),
    ],
)
def test_only_requests_that_write_count_as_writes(method: str, operation: str, expected: bool) -> None:
    assert counts_as_write(method, operation) is expected


async def test_sign_ins_are_limited_by_address_alike_with_and_without_account(world: World) -> None:
    await world.register()
    for email in (EMAIL, "who@example.org"):
        answers = [await world.try_to_sign_in(email, "not the password") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert answers[-1].headers["retry-after"] == "900"
        assert answers[-1].json()["code"] == "too-many-requests"
    verified = world.passwords.verified
    assert (await world.try_to_sign_in()).status_code == 429
    assert world.passwords.verified == verified
    world.clock.advance(minutes=15)
    assert (await world.try_to_sign_in()).status_code == 200


async def test_resets_and_registrations_are_limited_by_address(world: World) -> None:
    given = {"email": EMAIL, "name": "李", "password": "correct horse battery"}
    registered = [(await world.post("/accounts", given)).status_code for _ in range(6)]
    reset = [(await world.post("/password-resets", {"email": EMAIL})).status_code for _ in range(6)]
    assert registered == reset == [202] * 5 + [429]


async def test_many_addresses_from_one_client_are_limited_too(world: World) -> None:
    allowed = Limit.RESET_BY_CLIENT.value.amount
    codes = [
        (await world.post("/password-resets", {"email": f"p{n}@example.org"})).status_code
        for n in range(allowed + 1)
    ]
    assert codes == [202] * allowed + [429]


async def test_writes_are_limited_by_person_and_reads_are_not(world: World) -> None:
    await world.register()
    await world.register("wu@example.org")
    li = bearer((await world.sign_in())["access_token"])
    wu = bearer((await world.sign_in("wu@example.org"))["access_token"])
    world.app.state.rate_limits = limits(world.clock)
    key = {"name": "LIMS", "scopes": ["organisation:read"]}
    codes = [(await world.post("/api-keys", key, **li)).status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]
    assert (await world.client.get("/v1/me", headers=li)).status_code == 200
    assert (await world.post("/api-keys", key, **wu)).status_code == 201
