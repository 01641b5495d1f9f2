"""Where checkpoints go: bound once at start by conf/composition.py."""

from feldsher.foundation.audit.ports import CheckpointSink, NullCheckpointSink

_bound: list[CheckpointSink] = [NullCheckpointSink()]


def bind(sink: CheckpointSink) -> None:
    _bound[:] = [sink]


def checkpoints() -> CheckpointSink:
    return _bound[0]
