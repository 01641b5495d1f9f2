"""What is published: a medical text by its doctor's word, an offer within the law, all by the clock."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import SetClock
from domain.editorial.factory import DOSE, doctor, draft, publish, published, read, staff
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.comparison import digest
from feldsher.domain.editorial.errors import (
    AdvertisingError,
    NotApprovedError,
    PageUnfinishedError,
    TextChangedError,
)
from feldsher.domain.editorial.models import Article, Content, Verdict
from feldsher.domain.editorial.models.shown import day_of
from feldsher.domain.editorial.types import PageKind, VerdictKind
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
ARTICLE = PageKind.ARTICLE
TRIFLE = DOSE.replace("день, не", "день; не")


def body(text: str = DOSE) -> list[dict[str, str]]:
    return [{"type": "text", "value": text}]


def an_article(**values: object) -> tuple[Content, Staff]:
    """Write a draft with its reviewing doctor, who works here."""
    key = doctor()
    who = staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    return draft(ARTICLE, body=body(), author=key, reviewer=key, is_ready=True, **values), who


def approve(row: Content, who: Staff, months: int = 12) -> None:
    services.approve(who, page=row.pk, digest=read(row), months=months)


def changed(row: Content, text: str) -> Content:
    """Type another text into the draft and save it as ready."""
    row.refresh_from_db()
    found = row.get_latest_revision_as_object()
    found.body = body(text)
    found.is_ready = True
    found.save_revision()
    return found


@pytest.mark.parametrize("kind", [ARTICLE, PageKind.CONDITION])
def test_a_medical_page_is_published_by_nobody_without_a_doctor_s_word(kind: PageKind) -> None:
    key = doctor()
    row = draft(kind, author=key, reviewer=key)
    with pytest.raises(NotApprovedError):
        publish(row)
    row.live = True
    with pytest.raises(NotApprovedError):
        row.save()
    with pytest.raises(NotFoundError):
        selectors.page(kind, slug="proba")


def test_the_doctor_s_word_publishes_and_stands_on_the_page() -> None:
    row, who = an_article()
    assert [line.page for line in selectors.review_list(who).waiting] == [row.pk]
    approve(row, who)
    approve(row, who)
    shown = selectors.page(ARTICLE, slug="proba")
    assert shown.trust is not None
    assert shown.trust.reviewer.name == "Небывалова Анна Сергеевна"
    assert not shown.trust.is_overdue
    assert shown.trust.review_by is not None
    assert selectors.review_list(who).waiting == ()
    assert Verdict.objects.count() == 1


def test_an_unchanged_text_is_approved_anew_when_its_term_is_over(set_clock: SetClock) -> None:
    row, who = an_article()
    now = timezone.now()
    approve(row, who)
    set_clock(now + timedelta(days=400))
    assert [line.page for line in selectors.review_list(who).due] == [row.pk]
    approve(row, who)
    approve(row, who)
    shown = selectors.page(ARTICLE, slug="proba")
    assert shown.trust is not None
    assert (shown.trust.is_overdue, selectors.review_list(who).due) == (False, ())
    assert shown.trust.reviewed_on is not None
    assert shown.trust.reviewed_on >= (now + timedelta(days=400)).date()
    assert Verdict.objects.count() == 2


def test_a_changed_text_needs_another_word() -> None:
    row, who = an_article()
    approve(row, who)
    later = changed(row, DOSE.replace("2 капли", "20 капель"))
    with pytest.raises(NotApprovedError):
        later.latest_revision.publish()
    assert "2 капли" in str(selectors.page(ARTICLE, slug="proba").parts)
    assert [line.page for line in selectors.review_list(who).waiting] == [row.pk]
    card = selectors.review(who, page=row.pk, revision=later.latest_revision_id)
    assert [(c.removed, c.added) for c in card.changes if not c.same] == [("2 капли", "20 капель")]
    approve(row, who)
    assert "20 капель" in str(selectors.page(ARTICLE, slug="proba").parts)


def test_a_technical_edit_is_published_at_once_and_waits_to_be_seen() -> None:
    row, who = an_article()
    approve(row, who)
    later = changed(row, TRIFLE)
    later.latest_revision.publish()
    assert "день; не" in str(selectors.page(ARTICLE, slug="proba").parts)
    (line,) = selectors.review_list(who).technical
    services.see_technical(who, page=line.page, revision=line.revision)
    assert selectors.review_list(who).technical == ()
    assert [word.kind for word in Verdict.objects.order_by("at")] == ["approved", "technical"]


def test_a_doctor_who_edits_too_is_asked_for_their_own_word_alone() -> None:
    an_article()
    who = staff("both", Role.ATTENDING_DOCTOR, Role.EDITOR, practitioner=doctor("Другова"))
    assert (len(selectors.review_list(who).waiting), selectors.review_count(who)) == (1, 1)
    assert selectors.review_list(who, is_own=True).waiting == ()
    assert selectors.review_count(who, is_own=True) == 0


def test_what_waits_is_counted_by_one_question_and_told_by_a_constant_number_of_them(
    set_clock: SetClock,
) -> None:
    editor, key = staff("editor", Role.EDITOR), doctor()
    who = staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    other = staff("other", Role.ATTENDING_DOCTOR, practitioner=doctor("Другова"))

    def asked(reader: Staff) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            count = selectors.review_count(reader)
        assert len(queries) == 1
        found = selectors.review_list(reader)
        assert count == len(found.waiting) + len(found.technical) + len(found.due)
        with CaptureQueriesContext(connection) as queries:
            selectors.review_list(reader)
        return count, len(queries)

    assert asked(editor)[0] == 0
    rows = [
        draft(ARTICLE, slug=f"a{number}", body=body(), author=key, reviewer=key, is_ready=True)
        for number in range(3)
    ]
    draft(ARTICLE, slug="not-ready", body=body(), author=key, reviewer=key)
    assert [asked(reader)[0] for reader in (who, editor, other)] == [3, 3, 0]
    approve(rows[0], who)
    approve(rows[1], who)
    changed(rows[1], TRIFLE).latest_revision.publish()
    set_clock(clock.now() + timedelta(days=330))
    few = asked(who)
    assert (few[0], asked(editor)[0], asked(other)[0]) == (4, 4, 0)
    for number in range(5):
        draft(ARTICLE, slug=f"b{number}", body=body(), author=key, reviewer=key, is_ready=True)
    assert asked(who) == (9, few[1])


def test_technical_edits_never_add_up_past_what_the_doctor_has_seen() -> None:
    row, who = an_article()
    approve(row, who)
    text = DOSE
    for old, new in (("день, не", "день; не"), ("Капли", "капли"), ("дней.", "дней!")):
        text = text.replace(old, new)
        changed(row, text).latest_revision.publish()
    assert len(selectors.review_list(who).technical) == 3
    for old, new in (("капли закапывают", "капли вливают"), ("капли закапывают", "капля закапывает")):
        with pytest.raises(NotApprovedError):
            changed(row, text.replace(old, new)).latest_revision.publish()
    assert "капли закапывают" in str(selectors.page(ARTICLE, slug="proba").parts)


def test_a_technical_edit_that_is_given_back_leaves_readers_with_what_the_doctor_has_read() -> None:
    row, who = an_article()
    approve(row, who)
    changed(row, TRIFLE).latest_revision.publish()
    seen = read(row)
    changed(row, DOSE.replace("2 капли", "4 капли"))
    services.give_back(who, page=row.pk, digest=seen, note="Верните запятую.")
    assert "день, не" in str(selectors.page(ARTICLE, slug="proba").parts)
    assert selectors.review_list(who).technical == ()
    with pytest.raises(NotApprovedError):
        changed(row, TRIFLE).latest_revision.publish()
    approve(row, who)
    assert "день; не" in str(selectors.page(ARTICLE, slug="proba").parts)


def test_what_was_given_back_waits_no_longer_and_is_not_published() -> None:
    row, who = an_article()
    services.give_back(who, page=row.pk, digest=read(row), note="Проверьте дозу.")
    assert selectors.review_list(who).waiting == ()
    with pytest.raises(NotApprovedError):
        publish(row)
    assert Verdict.objects.get().kind == VerdictKind.RETURNED


def test_an_older_approved_text_needs_another_word_and_waits_for_it() -> None:
    row, who = an_article()
    approve(row, who)
    row.refresh_from_db()
    older = row.latest_revision
    changed(row, DOSE.replace("2 капли", "4 капли"))
    approve(row, who)
    again = older.as_object()
    again.is_ready = True
    revision = again.save_revision()
    with pytest.raises(NotApprovedError):
        revision.publish()
    assert "4 капли" in str(selectors.page(ARTICLE, slug="proba").parts)
    assert [line.revision for line in selectors.review_list(who).waiting] == [revision.pk]
    approve(row, who)
    assert "2 капли" in str(selectors.page(ARTICLE, slug="proba").parts)


def test_a_page_tells_the_day_of_the_word_on_what_it_shows(set_clock: SetClock) -> None:
    start = clock.now()
    row, who = an_article()
    approve(row, who)
    set_clock(start + timedelta(days=100))
    later = changed(row, DOSE.replace("2 капли", "4 капли"))
    later.go_live_at = start + timedelta(days=200)
    later.save_revision()
    approve(row, who, months=24)
    shown = selectors.page(ARTICLE, slug="proba")
    assert "2 капли" in str(shown.parts)
    assert shown.trust is not None
    assert (shown.trust.reviewed_on, shown.trust.is_overdue) == (day_of(start), False)
    set_clock(start + timedelta(days=400))
    shown = selectors.page(ARTICLE, slug="proba")
    assert shown.trust is not None
    assert shown.trust.is_overdue


def test_what_was_given_back_is_not_published_after_one_comma() -> None:
    row, who = an_article()
    approve(row, who)
    services.give_back(who, page=row.pk, digest=read(row), note="Устарело.")
    with pytest.raises(NotApprovedError):
        publish(row)
    with pytest.raises(NotApprovedError):
        changed(row, DOSE.replace("день, не", "день; не")).latest_revision.publish()
    approve(row, who)
    changed(row, DOSE.replace("день, не", "день: не"))
    services.give_back(who, page=row.pk, digest=read(row), note="Лишнее.")
    with pytest.raises(NotApprovedError):
        changed(row, DOSE.replace("день, не", "день! не")).latest_revision.publish()
    changed(row, DOSE.replace("день, не", "день; не")).latest_revision.publish()
    assert len(selectors.review_list(who).technical) == 0


def test_a_word_after_another_is_said_and_the_same_one_again_is_not() -> None:
    row, who = an_article()
    for months in (12, 12, 6):
        approve(row, who, months)
    services.give_back(who, page=row.pk, digest=read(row), note="Устарело.")
    approve(row, who, 6)
    said = [(word.kind, word.review_by is None) for word in Verdict.objects.order_by("at")]
    good, back = (VerdictKind.APPROVED, False), (VerdictKind.RETURNED, True)
    assert said == [good, good, back, good]
    publish(row)


def test_only_the_doctor_whom_the_page_names_says_a_word() -> None:
    row, _ = an_article()
    row.refresh_from_db()
    revision = row.latest_revision_id
    other = staff("other", Role.ATTENDING_DOCTOR, practitioner=doctor("Другова"))
    nameless = staff("nameless", Role.ATTENDING_DOCTOR)
    editor = staff("editor", Role.EDITOR)
    for who in (other, nameless):
        with pytest.raises(NotFoundError):
            services.approve(who, page=row.pk, digest=read(row), months=12)
        with pytest.raises(NotFoundError):
            selectors.review(who, page=row.pk, revision=revision)
        assert selectors.review_list(who).waiting == ()
    for who in (editor, staff("chief", Role.CHIEF_PHYSICIAN), staff("nurse", Role.NURSE)):
        with pytest.raises(ForbiddenError):
            services.approve(who, page=row.pk, digest=read(row), months=12)
    assert [line.page for line in selectors.review_list(editor).waiting] == [row.pk]
    assert Verdict.objects.count() == 0


def test_what_was_changed_meanwhile_is_not_approved_unseen() -> None:
    row, who = an_article()
    row.refresh_from_db()
    before = read(row)
    changed(row, "<p>Другое.</p>")
    with pytest.raises(TextChangedError):
        services.approve(who, page=row.pk, digest=before, months=12)
    with pytest.raises(InvalidInputError):
        services.approve(who, page=row.pk, digest=before, months=120)


def test_a_revision_is_never_written_over_so_that_what_was_read_is_what_is_approved() -> None:
    row, who = an_article()
    row.refresh_from_db()
    first, before = row.latest_revision, read(row)
    later = row.get_latest_revision_as_object()
    later.body = body(DOSE.replace("2 капли", "20 капель"))
    assert later.save_revision(overwrite_revision=first).pk != first.pk
    first.refresh_from_db()
    assert digest(first.content) == before
    with pytest.raises(TextChangedError):
        services.approve(who, page=row.pk, digest=before, months=12)
    assert Verdict.objects.count() == 0


def test_an_approved_revision_that_says_something_else_by_now_vouches_for_nothing() -> None:
    row, who = an_article()
    approve(row, who)
    row.refresh_from_db()
    revision = row.latest_revision
    revision.content["title"] = "Двадцать капель"
    revision.save(update_fields=["content"])
    with pytest.raises(NotApprovedError):
        revision.as_object().save_revision().publish()
    assert Verdict.objects.count() == 1


def test_what_was_approved_is_ready_again_when_its_editor_says_so() -> None:
    row, who = an_article()
    approve(row, who)
    row.refresh_from_db()
    assert (row.is_ready, row.get_latest_revision_as_object().is_ready) == (False, False)
    later = row.get_latest_revision_as_object()
    later.title = "Пишется дальше"
    later.save_revision()
    assert selectors.review_list(who).waiting == ()


@pytest.mark.parametrize(("days", "listed", "overdue"), [(304, 0, 0), (305, 1, 0), (365, 1, 0), (366, 1, 1)])
def test_a_review_is_listed_from_sixty_days_before_and_its_page_says_when_it_is_past(
    set_clock: SetClock, days: int, listed: int, overdue: int
) -> None:
    start = clock.now().replace(year=2026, month=3, day=2, hour=9)
    set_clock(start)
    row, who = an_article()
    approve(row, who)
    set_clock(start + timedelta(days=days))
    assert len(selectors.review_list(who).due) == listed
    shown = selectors.page(ARTICLE, slug="proba")
    assert shown.trust is not None
    assert shown.trust.is_overdue is bool(overdue)


@pytest.mark.parametrize("is_taken_down", [True, False])
def test_an_unchecked_page_is_taken_down_where_its_editor_said_so(
    set_clock: SetClock, *, is_taken_down: bool
) -> None:
    row, who = an_article(is_taken_down=is_taken_down)
    approve(row, who)
    set_clock(clock.now() + timedelta(days=367))
    assert services.tend() == int(is_taken_down)
    assert services.tend() == 0
    assert Article.objects.get().live is not is_taken_down


def test_pages_come_and_go_at_their_hour(set_clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    set_clock(now)
    row = draft(go_live_at=now + timedelta(hours=1), expire_at=now + timedelta(hours=3))
    publish(row)
    assert services.tend() == 0
    with pytest.raises(NotFoundError):
        selectors.page(PageKind.NEWS, slug="proba")
    later = now + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    set_clock(later)
    assert services.tend() == 1
    assert selectors.page(PageKind.NEWS, slug="proba").title == "Проба"
    set_clock(now + timedelta(hours=4))
    assert services.tend() == 1
    assert services.tend() == 0
    with pytest.raises(NotFoundError):
        selectors.page(PageKind.NEWS, slug="proba")


def test_a_page_that_cannot_come_out_holds_up_no_other_and_its_editors_are_told(
    set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now().replace(microsecond=0)
    set_clock(now)
    editor = staff("editor", Role.EDITOR)
    due = now + timedelta(hours=1)
    bad, good = draft(slug="bad", title="Без текста", go_live_at=due), draft(slug="good", go_live_at=due)
    for row in (bad, good):
        publish(row)
    bad.refresh_from_db()
    bad.latest_revision.content["lead"] = ""
    bad.latest_revision.save(update_fields=["content"])
    later = now + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    set_clock(later)
    assert services.tend() == 1
    assert services.tend() == 0
    assert selectors.page(PageKind.NEWS, slug="good").title == "Проба"
    (late,) = selectors.late_pages(editor)
    assert (late.page, late.title, late.due) == (bad.pk, "Без текста", due)
    with pytest.raises(ForbiddenError):
        selectors.late_pages(staff("nurse", Role.NURSE))
    bad.lead = "Коротко."
    publish(bad)
    assert selectors.late_pages(editor) == ()


def test_a_page_that_lacks_something_is_not_approved_and_says_so() -> None:
    row, who = an_article()
    row.refresh_from_db()
    found = row.latest_revision
    found.content |= {"author": None}
    found.save(update_fields=["content"])
    with pytest.raises(PageUnfinishedError):
        approve(row, who)
    assert Verdict.objects.count() == 0


def test_an_offer_that_the_law_forbids_is_not_published_and_elsewhere_the_linter_only_warns() -> None:
    bad = body("<p>Лучший врач города гарантирует результат.</p>")
    with pytest.raises(AdvertisingError) as refused:
        published(PageKind.PROMOTION, body=bad)
    assert "«Лучший»" in refused.value.message
    assert "«гарантирует»" in refused.value.message
    published(PageKind.NEWS, body=bad)
    assert selectors.page(PageKind.NEWS, slug="proba").title == "Проба"


def test_an_address_left_is_led_to_the_new_one_until_another_page_takes_it() -> None:
    row = published()
    row.slug = "novaya"
    publish(row)
    assert selectors.moved(PageKind.NEWS, slug="proba") == "novaya"
    published(slug="proba", title="Другая")
    assert selectors.moved(PageKind.NEWS, slug="proba") is None
    assert selectors.page(PageKind.NEWS, slug="proba").title == "Другая"
