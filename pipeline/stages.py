"""The stages of a build, once for all engines: what is done to rows, wherever it is done.

pages --sample--> samples          pages --extract--> documents --settle--> articles --recover--> essays
essays --count_pairs--> what sites delete          essays --restore--> essays whole again
copies --clusters--> lineage       essays --repairs, removed_lines--> their edits
"""

import functools
from collections.abc import Mapping, Sequence

from pipeline.engine.base import Guard, Stage
from pipeline.lineage import cluster_rows
from pipeline.schema import (
    CLUSTER,
    COPY,
    DOCUMENT,
    ESSAY,
    PAGE,
    PAIR_COUNT,
    PATIENT,
    REMOVED_LINE,
    REPAIR,
    SAMPLE,
    SiteRules,
    Template,
)
from pipeline.shuffle import settle
from pipeline.takedown import Takedowns
from pipeline.text.deleted import Pairing, count_pairs, counted_up_to
from pipeline.text.ledger import removed_rows, repair_rows
from pipeline.text.pages import extract_pages, lost_page, no_sample, sample_pages
from pipeline.text.recover import recover_essays
from pipeline.text.siblings import Witness, restore_essays

PAGE_SECONDS = 30.0
"""Time that reading a page may take: a hundred times what the slowest ordinary one takes."""
LEDGER = (
    Stage("repairs", ESSAY, REPAIR, repair_rows),
    Stage("removed_lines", ESSAY, REMOVED_LINE, removed_rows),
)
CLUSTERS = Stage("clusters", COPY, CLUSTER, cluster_rows)
Rules = tuple[SiteRules, ...]


def sample_stage(rules: Rules, *, keep_contacts: bool) -> Stage:
    """Reads some pages in full, to learn how each site's are made."""
    run = functools.partial(sample_pages, sites=rules, keep_contacts=keep_contacts)
    return Stage("sample", PAGE, SAMPLE, run, Guard(PAGE_SECONDS, no_sample))


def extract_stage(rules: Rules, templates: Sequence[Template], *, keep_contacts: bool) -> Stage:
    """Makes documents of pages."""
    run = functools.partial(
        extract_pages, sites=rules, templates=tuple(templates), keep_contacts=keep_contacts
    )
    lost = functools.partial(lost_page, sites=rules)
    return Stage("extract", PAGE, DOCUMENT, run, Guard(PAGE_SECONDS, lost))


def settle_stage(templates: Sequence[Template], takedowns: Takedowns) -> Stage:
    """Says which fetch of a page counts, and brings the pages of each article together."""
    served = {(each.site, each.shape, each.name): each.confidence for each in templates}
    return Stage("settle", DOCUMENT, DOCUMENT, functools.partial(settle, takedowns=takedowns, served=served))


def recover_stage(rules: Rules, basis: str, *, keep_contacts: bool) -> Stage:
    """Makes essays of the documents of articles."""
    run = functools.partial(recover_essays, sites=rules, keep_contacts=keep_contacts, basis=basis)
    return Stage("recover", DOCUMENT, ESSAY, run)


def count_stage(accepted: Mapping[str, int]) -> Stage:
    """Counts which characters stand beside which on each site; ``accepted`` are essays by site."""
    run = functools.partial(count_pairs, below=counted_up_to(accepted))
    return Stage("count_pairs", ESSAY, PAIR_COUNT, run)


def restore_stage(sites: Mapping[str, Pairing], *, keep_contacts: bool) -> Stage:
    """Puts back what sites deleted, from reposts."""
    run = functools.partial(restore_essays, witness=Witness.of(sites), keep_contacts=keep_contacts)
    return Stage("restore", PATIENT, ESSAY, run)
