"""The seed files themselves, and what is said when one of them is wrong."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.seeding.catalogue_rows import seed_uid
from app.seeding.files import SeedError, content_hashes, read_seed_files
from app.seeding.load import SEED_DIR
from app.seeding.vocabulary_rows import check_references, numbers_of
from search.standard_numbers import parse_standard_number


@pytest.fixture
def seed_dir(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))


def rewrite(path: Path, *keys: str | int, value: Any) -> None:
    """Set the value at the path of keys."""
    content = json.loads(path.read_text("utf-8"))
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def test_the_shipped_files_refer_to_each_other_correctly() -> None:
    check_references(read_seed_files(SEED_DIR, demo=True))


def test_every_number_of_the_vocabulary_reads_as_itself() -> None:
    files = read_seed_files(SEED_DIR, demo=True)
    for record in files.standards:
        number = parse_standard_number(record.number)
        assert number is not None
        assert (number.canonical, number.base, number.year) == (record.number, record.base, record.year)


def test_every_number_of_the_demo_is_written_in_canonical_form() -> None:
    files = read_seed_files(SEED_DIR, demo=True)
    numbers = numbers_of(files)
    for platform in files.demo:
        for accreditation in platform.accreditations:
            for line in accreditation.scope:
                assert numbers.read(line.standard).number == line.standard


@pytest.mark.parametrize(
    ("name", "keys", "value", "message"),
    [
        ("platforms.json", ("platforms", 0, "kind"), "museum", r"platforms\.json at platforms/0/kind"),
        ("platforms.json", ("platforms", 0, "surprise"), 1, r"platforms\.json at platforms/0/surprise"),
        ("platforms.json", ("platforms", 0, "fields"), ["alchemy"], r"platforms\.json .*: alchemy"),
        ("platforms.json", ("platforms", 0, "region_code"), "330103", r"platforms\.json .*: 330103"),
        ("standards.json", ("standards", 3, "capability_code"), "magic", r"standards\.json .*: magic"),
        ("regions.json", ("regions", 5, "parent_code"), "999999", r"regions\.json .*: 999999"),
        ("designations.json", ("designations", 0, "capability"), "magic", r"designations\.json .*: magic"),
        (
            "demo/group-a.json",
            ("platforms", 0, "services", 0, "category"),
            "sorcery",
            r"demo .*: sorcery",
        ),
        (
            "demo/group-a.json",
            ("platforms", 0, "services", 0, "capabilities", 0, "term"),
            "magic",
            r"demo .*: magic",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_place(
    seed_dir: Path, name: str, keys: tuple[str | int, ...], value: Any, message: str
) -> None:
    rewrite(seed_dir / name, *keys, value=value)
    with pytest.raises(SeedError, match=message):
        check_references(read_seed_files(seed_dir, demo=True))


def test_a_missing_file_is_named(seed_dir: Path) -> None:
    (seed_dir / "regions.json").unlink()
    with pytest.raises(SeedError, match=r"regions\.json is missing"):
        content_hashes(seed_dir, demo=True)


def test_a_hash_changes_with_its_files_only(seed_dir: Path) -> None:
    before = content_hashes(seed_dir, demo=True)
    rewrite(seed_dir / "demo" / "group-b.json", "platforms", 0, "name_en", value="Another name")
    after = content_hashes(seed_dir, demo=True)
    assert {name for name in before if before[name] != after[name]} == {"demo"}
    assert set(content_hashes(seed_dir, demo=False)) == {"vocabulary", "real"}


def test_a_seed_uid_is_a_version_7_uuid_that_depends_on_the_name_alone() -> None:
    first = seed_uid("platform/demo-petrochemical-01")
    assert first == seed_uid("platform/demo-petrochemical-01")
    assert first != seed_uid("service/demo-petrochemical-01")
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
