from wandb_registry.guards.records import check_records


def test_what_scan_recorded_must_not_vanish() -> None:
    refusals = list(check_records("models", baseline=(["a"], []), boundary=({"t": {}}, {"t": {}})))
    assert [(refusal.guard, refusal.subject, refusal.final) for refusal in refusals] == [
        ("record-lost", "models", False)
    ]
    assert "no longer holds the baseline of models" in str(refusals[0])


def test_what_was_not_there_cannot_vanish_and_more_is_no_loss() -> None:
    assert list(check_records("models", baseline=([], []), boundary=({}, {"t": {}}))) == []
    assert list(check_records("models", baseline=(None, None))) == []


def test_several_are_named_together() -> None:
    [refusal] = check_records("models", baseline=(["a"], []), boundary=({"t": {}}, {}))
    assert "the baseline and boundary of models" in str(refusal)
