"""One id for a request or a job, and none outside."""

from feldsher.kernel.trace import trace_id, tracing


def test_a_block_has_its_own_id_and_gives_the_outer_one_back() -> None:
    assert trace_id() == ""
    with tracing() as outer:
        with tracing("job 7") as inner:
            assert (inner, trace_id()) == ("job 7", "job 7")
        assert trace_id() == outer
        assert len(outer) == 32
    assert trace_id() == ""
