"""Recovery on pages whose lines were labelled by hand: floors under what it reached.

The rules were made on the pages of ``first``, widened on those of ``second``, ``third`` and then of ``fourth``; those of
``fifth`` and ``sixth`` were kept aside. All are by people who knew nothing of the rules. What each set said when it was new is in ``benchmarks/RESULTS.md``.
"""

import pytest

from tests.text.labelled_pages import Scores, read, score

FLOORS = {
    "first": Scores(72, 0.99, 1.0, 0.97, 0.0, 0.75, 0.94, 0.97, 0.0),
    "second": Scores(87, 0.99, 1.0, 0.97, 0.0, 0.92, 0.93, 0.97, 0.0),
    "third": Scores(52, 0.99, 1.0, 0.74, 0.0, 0.66, 0.93, 0.92, 0.0),
    "fourth": Scores(28, 0.98, 1.0, 0.87, 0.0, 0.9, 0.95, 0.99, 0.0),
    "fifth": Scores(28, 0.94, 1.0, 0.79, 0.0, 0.62, 0.93, 0.99, 0.0),
    "sixth": Scores(36, 0.97, 1.0, 0.93, 0.005, 0.45, 0.99, 0.99, 0.0),
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
