"""Claims about sets that are not what was written: every one is refused, and says why."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from jobs.backup.errors import BackupError
from jobs.backup.manifest import PACKS, SETS, key_of, parse
from jobs.backup.packer import SIZE, Known, Packer, cut
from jobs.backup.seal import Opener, Sealer, new_key
from jobs.backup.sets import Sets
from jobs.backup.verify import verify
from tests.jobs.backup.small import TIME, Memory, Small, small

CORRUPTIONS = 1000
Damage = Callable[[random.Random, Memory, Small], None]


def check(one: Small, shelf: Memory, opener: Opener | None) -> None:
    """As `mlops backup verify --set` and `mlops restore` do before anything else."""
    sets = Sets(shelf)
    verify(shelf, sets.read(sets.find(one.entry.id, None)), opener)


def any_key(draw: random.Random, shelf: Memory) -> str:
    return draw.choice(sorted(shelf.objects))


def flip(draw: random.Random, shelf: Memory, _: Small) -> None:
    key = any_key(draw, shelf)
    content = bytearray(shelf.objects[key])
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    shelf.objects[key] = bytes(content)


def truncate(draw: random.Random, shelf: Memory, _: Small) -> None:
    key = any_key(draw, shelf)
    shelf.objects[key] = shelf.objects[key][: draw.randrange(len(shelf.objects[key]))]


def extend(draw: random.Random, shelf: Memory, _: Small) -> None:
    shelf.objects[any_key(draw, shelf)] += draw.randbytes(draw.randrange(1, 100))


def swap(draw: random.Random, shelf: Memory, _: Small) -> None:
    first, second = draw.sample(sorted(shelf.objects), 2)
    shelf.objects[first], shelf.objects[second] = shelf.objects[second], shelf.objects[first]


def lose(draw: random.Random, shelf: Memory, _: Small) -> None:
    del shelf.objects[any_key(draw, shelf)]


def older(draw: random.Random, shelf: Memory, one: Small) -> None:
    """The whole of an older set, its manifest under the name of this one."""
    before = small(draw.randrange(5, 10), shelf, TIME - timedelta(days=1))
    shelf.objects[one.entry.key] = shelf.objects[before.entry.key]


def edit(draw: random.Random, shelf: Memory, one: Small) -> None:
    """A manifest that says of a part what is true of another, under a name that fits what it is now."""
    contents = sorted({content.sha256 for content in one.manifest.contents() if content.bytes})
    first, second = draw.sample(contents, 2)
    changed = shelf.objects.pop(one.entry.key).decode().replace(first, second).encode()
    shelf.objects[key_of(changed, TIME)] = changed


DAMAGES: tuple[Damage, ...] = (flip, truncate, extend, swap, lose, older, edit)


def test_a_thousand_corruptions_are_all_refused_with_and_without_the_key() -> None:
    one = small()
    opener = one.opener
    check(one, one.memory, opener)
    check(one, one.memory, None)
    refused: Counter[str] = Counter()
    for seed in range(CORRUPTIONS):
        draw = random.Random(seed)
        damage = draw.choice(DAMAGES)
        shelf = Memory(dict(one.memory.objects))
        damage(draw, shelf, one)
        with_key = opener if damage is edit or draw.random() < 0.5 else None
        with pytest.raises(BackupError):
            check(one, shelf, with_key)
        refused[damage.__name__] += 1
    assert refused.total() == CORRUPTIONS
    assert len(refused) == len(DAMAGES)


def test_a_forged_manifest_with_a_true_name_is_refused_by_its_chunks() -> None:
    one = small()
    contents = [content for content in one.manifest.contents() if content.bytes == 700]
    first, second = contents[0].chunks[0], contents[1].chunks[0]
    text = one.memory.objects[one.entry.key].decode()
    swapped = text.replace(first.sha256, "?").replace(second.sha256, first.sha256).replace("?", second.sha256)
    key = key_of(swapped.encode(), TIME)
    manifest = parse(key, swapped.encode())
    with pytest.raises(BackupError, match="does not hold what the manifest says"):
        verify(one.shelf, manifest, one.opener)


def test_another_key_opens_nothing_and_is_told() -> None:
    one = small()
    with pytest.raises(BackupError, match="does not open with this key"):
        verify(one.shelf, one.manifest, Opener([new_key()[0]]))


@pytest.mark.parametrize(
    ("key", "words"),
    [("sets/2026-11-21T02-00-05Z.json", "not the one"), ("sets/../x", "not the one")],
)
def test_a_manifest_under_a_foreign_name_is_refused(key: str, words: str) -> None:
    one = small()
    with pytest.raises(BackupError, match=words):
        parse(key, one.memory.objects[one.entry.key])


def test_a_manifest_of_another_format_is_refused() -> None:
    one = small()
    content = one.memory.objects[one.entry.key].replace(b'"format": 1', b'"format": 2')
    with pytest.raises(BackupError, match="cannot be read"):
        parse(key_of(content, TIME), content)


def test_what_a_store_gives_back_otherwise_is_no_set() -> None:
    class Lying(Memory):
        def read(self, key: str) -> bytes:
            return super().read(key)[:-1] if key.startswith(PACKS) else super().read(key)

    shelf = Lying()
    with pytest.raises(BackupError, match="does not give back") as refused:
        small(shelf=shelf)
    written, read = str(refused.value.allowed), str(refused.value.given)
    assert (written[:7], read[:6], written in read) == ("sha256 ", "packs/", False)
    assert shelf.list_keys(SETS) == []


def test_chunks_are_cut_at_the_size_and_put_together_again() -> None:
    pieces = [bytes([number]) * (5 * 1024 * 1024 + number) for number in range(8)]
    chunks = list(cut(pieces))
    assert [len(chunk) for chunk in chunks[:-1]] == [SIZE] * (len(chunks) - 1)
    assert b"".join(chunks) == b"".join(pieces)


def test_a_chunk_that_is_known_is_not_written_again_unless_its_pack_is_gone() -> None:
    shelf, (secret, public) = Memory(), new_key()
    sealer = Sealer([public])
    one = small(shelf=shelf)
    again = Known.of(one.manifest, shelf.sizes(PACKS), one.manifest.packs[0].recipients)
    content = one.manifest.buckets[0].objects[0].content
    assert again.has(content)
    assert not Known.of(one.manifest, {}, one.manifest.packs[0].recipients).has(content)
    assert not Known.of(one.manifest, shelf.sizes(PACKS), (public,)).has(content)
    with Packer(shelf, sealer, again) as packer:
        assert packer.add([b"".join(cut([b"new"]))]).bytes == 3
        kept = packer.keep(content)
        packs, written = packer.finish()
    assert (len(packs), len(written), packs[kept.chunks[0].pack].sha256) == (
        2,
        1,
        one.manifest.packs[content.chunks[0].pack].sha256,
    )
    assert bytes(Opener([secret]).open(shelf.objects[written[0].key], 3, "pack")) == b"new"
