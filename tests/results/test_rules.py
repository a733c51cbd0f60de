"""The life of a result as a pure machine, how alike texts are, and what a file is by its content."""

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.calls.rules import CallState
from app.models import AccessState, ResultState
from app.results.file_types import FileKind, clean_name, fits_declared, fits_name, kind_of_content
from app.results.rules import (
    GONE,
    INITIAL,
    TRANSITIONS,
    Action,
    Standing,
    after,
    holds_on,
    is_possible,
    takes,
)
from app.results.similarity import ALIKE, PERMUTATIONS, fingerprint, likeness

S = ResultState


class Life(RuleBasedStateMachine):
    """Does whatever is possible, and keeps beside it what must have come of it, by other means."""

    def __init__(self) -> None:
        super().__init__()
        self.standing: Standing | None = INITIAL
        self.kept: list[int] = []
        self.written = 1

    @precondition(lambda self: self.standing is GONE)
    @rule()
    def begin_anew(self) -> None:
        self.standing, self.kept, self.written = INITIAL, [], 1

    @precondition(lambda self: self.standing is not GONE)
    @rule(action=st.sampled_from(Action))
    def act(self, action: Action) -> None:
        before = self.standing
        assert before is not None
        if not is_possible(before, action):
            return
        self.standing = after(before, action)
        if action is Action.SUBMIT:
            assert self.written not in self.kept, "a version is submitted once"
            self.kept.append(self.written)
        if action is Action.REVISE or (action is Action.REOPEN and self.written in self.kept):
            self.written += 1
        if action is Action.EDIT:
            assert self.written not in self.kept, "what was submitted is never edited"
        if action is Action.DELETE:
            assert not self.kept, "what was submitted is never deleted"

    @invariant()
    def it_stands_where_it_must(self) -> None:
        if self.standing is GONE:
            return
        assert self.standing is not None
        assert self.standing.newest == self.written
        assert self.standing.submitted == (self.kept[-1] if self.kept else None)
        if self.standing.state not in (S.DRAFT, S.WITHDRAWN):
            assert self.kept, "only what was submitted is judged"
        if self.standing.state is S.DRAFT:
            assert self.standing.is_revised, "a draft can always be written on"


TestLife = Life.TestCase


def test_every_state_is_reached_and_only_the_pool_ends_what_is_pooled() -> None:
    reached, seen = [INITIAL], {INITIAL.state}
    while reached:
        one = reached.pop()
        for action in Action:
            then = after(one, action) if is_possible(one, action) else GONE
            if then is not GONE and then.newest < 4 and then.state not in seen:
                seen.add(then.state)
                reached.append(then)
    assert seen == set(ResultState)
    leaving = {action for state, action in TRANSITIONS if state is S.POOLED}
    assert leaving == {Action.RECALL, Action.LEAVE_POOL}


@pytest.mark.parametrize(
    ("state", "same", "taken_by"),
    [
        (S.DRAFT, False, {CallState.OPEN}),
        (S.SUBMITTED, True, {CallState.OPEN}),
        (S.SUBMITTED, False, set()),
        (S.RETURNED, True, {CallState.OPEN, CallState.CLOSED}),
        (S.RETURNED, False, {CallState.OPEN}),
        (S.DECLINED, True, set()),
        (S.DECLINED, False, {CallState.OPEN}),
    ],
)
def test_which_calls_take_a_result(state: S, same: bool, taken_by: set[CallState]) -> None:
    assert {one for one in CallState if takes(state, one, same_call=same)} == taken_by


def test_access_holds_until_the_end_of_its_last_day() -> None:
    last = date(2026, 12, 1)
    assert holds_on(AccessState.GRANTED, last, last)
    assert not holds_on(AccessState.GRANTED, last, last + timedelta(days=1))
    assert not holds_on(AccessState.REVOKED, last, last)


TEXT = "采用阻燃电解液与多级泄压结构的动力电池系统，已完成实验室样机，需要第三方验证过充、热扩散与盐雾性能。"


def jaccard(one: str, other: str) -> float:
    def grams(text: str) -> set[str]:
        said = "".join(letter for letter in text.lower() if letter.isalnum())
        return {said[place : place + 4] for place in range(len(said) - 3)}

    return len(grams(one) & grams(other)) / len(grams(one) | grams(other))


@given(st.integers(0, len(TEXT) - 10), st.integers(4, 30))
def test_likeness_is_near_the_share_of_common_grams(start: int, length: int) -> None:
    other = TEXT[:start] + "完全不同的另外一段文字说明内容" + TEXT[start + length :]
    estimated = likeness(fingerprint([TEXT]), [fingerprint([other])])[0]
    # Four standard errors.
    assert abs(estimated - jaccard(TEXT, other)) <= 0.25


def test_the_same_words_in_another_dress_are_the_same_text() -> None:
    dressed = TEXT.replace("，", " ,\n").replace("、", "").upper()
    assert likeness(
        fingerprint([TEXT]), [fingerprint([dressed]), fingerprint(["工业机器人减速器寿命试验"]), []]
    ) == [
        1.0,
        0.0,
        0.0,
    ]
    assert likeness(fingerprint(["短"]), [fingerprint(["短"])]) == [0.0]
    assert len(fingerprint([TEXT, None])) == PERMUTATIONS
    assert ALIKE == 0.5


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(24)
DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "a.pdf", FileKind.PDF),
        (PDF, "a.txt", FileKind.PDF),
        (PNG, "a.png", FileKind.PNG),
        (JPEG, "a.jpg", FileKind.JPEG),
        (DOCX, "a.docx", FileKind.DOCX),
        (XLSX, "a.xlsx", FileKind.XLSX),
        (archive("a.txt"), "a.docx", None),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx", None),
        (archive("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"), "a.docx", None),
        (DOCX[:-30], "cut.docx", None),
        ("名称,单位\n电压,V\n".encode(), "a.csv", FileKind.CSV),
        ("名称,单位\n电压,V\n".encode("gb18030"), "a.csv", FileKind.CSV),
        ("说明文字".encode("utf-8-sig"), "a.txt", FileKind.TEXT),
        (b"MZ is how this plain text begins", "a.txt", FileKind.TEXT),
        (b"MZ\x90\x00\x03\x00\x00\x00", "a.txt", None),
        (b"  <!DOCTYPE html><p>x", "a.txt", None),
        (b"\n<svg xmlns='http://www.w3.org/2000/svg'/>", "a.txt", None),
        (b"GIF89a" + bytes(20), "a.png", None),
        (b"text with a \x00 in it", "a.txt", None),
        (bytes(range(128, 256)), "a.txt", None),
    ],
)
def test_a_file_is_what_its_content_shows(
    tmp_path: Path, content: bytes, name: str, kind: FileKind | None
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert kind_of_content(path, name) is kind


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("..", None),
        (".htaccess", None),
        ("  ", None),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
    ],
)
def test_names_lose_folders_and_what_cannot_be_seen(given_name: str, shown: str | None) -> None:
    assert clean_name(given_name) == shown


def test_the_name_and_the_declared_type_must_fit_the_content() -> None:
    assert fits_name(FileKind.JPEG, "a.JPEG")
    assert not fits_name(FileKind.PDF, "a.pdf.exe")
    assert not fits_name(FileKind.TEXT, "a")
    assert fits_declared(FileKind.CSV, "application/vnd.ms-excel")
    assert fits_declared(FileKind.PDF, "application/octet-stream")
    assert fits_declared(FileKind.TEXT, "text/plain; charset=gbk")
    assert not fits_declared(FileKind.PDF, "text/html")
