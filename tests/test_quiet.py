"""Only what is known and can be changed by nobody here is kept from the terminal."""

import warnings

import pytest

from mgiqa.quiet import silence_tools

KNOWN = [
    "`gradient_checkpointing` is deprecated and will be removed in v6. Use `activation_checkpointing` instead.",
    "`is_gradient_checkpointing` is deprecated and will be removed in v6. Use `is_activation_checkpointing` instead.",
]
OTHERS = [
    (FutureWarning, "`learning_rate` is deprecated and will be removed in v6."),
    (UserWarning, KNOWN[0]),
    (RuntimeWarning, "Mean of empty slice"),
]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [(FutureWarning, text, False) for text in KNOWN] + [(kind, text, True) for kind, text in OTHERS],
)
def test_known_warnings_are_left_out_and_all_others_shown(kind: type[Warning], text: str, shown: bool) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        silence_tools()
        warnings.warn(text, kind, stacklevel=1)
    assert bool(seen) is shown
