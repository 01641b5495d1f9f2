"""What came to a stop is told: rows on their way into the tree, checkpoints on their way out."""

from datetime import timedelta

import pytest

from feldsher.foundation.audit import checkpoints, verify
from feldsher.foundation.audit.models import AccessEntry, Checkpoint
from feldsher.foundation.audit.verify import Wrong
from foundation.audit.second_place import KEY, NOW, Elsewhere, check, grown, record, wrongs

pytestmark = pytest.mark.django_db(transaction=True)


def later(monkeypatch: pytest.MonkeyPatch, **since: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(**since))


def test_rows_that_wait_too_long_for_the_tree_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(2)
    first = AccessEntry.objects.earliest("id").id
    later(monkeypatch, minutes=15)
    record(1)
    assert wrongs(check(elsewhere)) == [Wrong.NOTHING_OUTSIDE]
    later(monkeypatch, minutes=16)
    report = check(elsewhere)
    assert [(f.wrong, f.entry, f.size, f.at) for f in report.findings] == [
        (Wrong.ROWS_WAIT, first, 2, NOW),
        (Wrong.NOTHING_OUTSIDE, None, None, None),
    ]
    assert not report.is_contradicted


def test_c22_checkpoints_that_stopped_arriving_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(elsewhere)
    later(monkeypatch, minutes=15)
    assert check(elsewhere).is_clean
    later(monkeypatch, minutes=16)
    elsewhere.is_down = True
    checkpoints.checkpoint()
    report = check(elsewhere)
    assert [(finding.wrong, finding.at) for finding in report.findings] == [(Wrong.STALE, NOW)]
    assert not report.is_contradicted
    assert wrongs(verify.verify(None, key=KEY.public_key())) == [Wrong.NOT_READ_HERE]


@pytest.mark.parametrize(
    ("left", "lost"),
    [([0, 1, 2], (1, 45)), ([0, 3], (2, 15)), ([2, 3], None), ([0, 1, 2, 3], None), ([], (4, 0))],
    ids=["tail", "middle", "new_file", "nothing", "all"],
)
def test_c22_checkpoints_that_were_outside_and_are_gone_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, left: list[int], lost: tuple[int, int] | None
) -> None:
    """A checkpoint each quarter of an hour; the last of them is 16 minutes old when the check comes."""
    for n in range(4):
        later(monkeypatch, minutes=15 * n)
        record(1)
        checkpoints.checkpoint()
    later(monkeypatch, minutes=45 + 16)
    sent = list(Checkpoint.objects.order_by("id").values_list("note", flat=True))
    elsewhere.text = "\n".join(sent[n] for n in left)
    report = check(elsewhere)
    found = [(f.size, f.at) for f in report.findings if f.wrong is Wrong.NOTES_LOST]
    assert found == ([] if lost is None else [(lost[0], NOW + timedelta(minutes=lost[1]))])
    assert report.is_contradicted is (lost is not None)


def test_a_checkpoint_that_has_only_just_been_sent_may_be_missing_in_what_was_read(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(elsewhere)
    before = elsewhere.text
    later(monkeypatch, minutes=5)
    checkpoints.checkpoint()
    assert verify.verify(before, key=KEY.public_key()).is_clean
