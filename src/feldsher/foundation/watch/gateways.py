"""Who knows patients: bound once at start by conf/composition.py."""

from feldsher.foundation.watch.ports import PatientFacts, nobody_knows

_bound: list[PatientFacts] = [nobody_knows]


def bind(facts: PatientFacts) -> None:
    _bound[:] = [facts]


def patient_facts() -> PatientFacts:
    return _bound[0]
