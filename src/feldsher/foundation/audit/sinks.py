"""Where checkpoints and lines go: bound once at start by conf/composition.py."""

from feldsher.foundation.audit.ports import CheckpointSink, LineSink, NullCheckpointSink, NullLineSink

_checkpoints: list[CheckpointSink] = [NullCheckpointSink()]
_lines: list[LineSink] = [NullLineSink()]


def bind(checkpoint_sink: CheckpointSink, line_sink: LineSink) -> None:
    _checkpoints[:] = [checkpoint_sink]
    _lines[:] = [line_sink]


def checkpoints() -> CheckpointSink:
    return _checkpoints[0]


def lines() -> LineSink:
    return _lines[0]
