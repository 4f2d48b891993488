"""Recovery on pages whose lines were labelled by hand: floors under what it reached.

The rules were made on the pages of ``first``, widened on those of ``second`` and then of ``third``: three people's,
who knew nothing of the rules. What each set said when it was new is in ``benchmarks/RESULTS.md``.
"""

import pytest

from tests.text.labelled_pages import Scores, read, score

FLOORS = {
    "first": Scores(72, 0.99, 1.0, 0.96, 0.0, 0.68, 0.93, 0.95, 0.0),
    "second": Scores(87, 0.99, 1.0, 0.96, 0.0, 0.88, 0.92, 0.97, 0.0),
    "third": Scores(52, 0.99, 1.0, 0.45, 0.0, 0.3, 0.92, 0.85, 0.0),
}


@pytest.mark.parametrize("name", FLOORS)
def test_labelled_pages(name: str) -> None:
    reached, floor = score(read(name)), FLOORS[name]
    assert reached.pages == floor.pages
    assert reached.essay_f1 >= floor.essay_f1
    assert reached.alone >= floor.alone
    assert reached.junk >= floor.junk
    assert reached.damaged <= floor.damaged
    assert reached.cut >= floor.cut
    assert reached.rejoined >= floor.rejoined
    assert reached.rejoined_at_cut >= floor.rejoined_at_cut
    assert reached.wrongly_joined <= floor.wrongly_joined
