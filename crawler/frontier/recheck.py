"""When a page is asked for again: an interval that grows while nothing changes and shrinks when something does.

See Cho and Garcia-Molina, "Effective page refresh policies for Web crawlers", ACM TODS 28(4), 2003.
"""

from crawler.frontier.task import TAKEDOWN, Outcome, Stored, Task
from crawler.site import Recheck

_GONE = ("http 404", "http 410")


def days_until_next(recheck: Recheck, task: Task, outcome: Outcome, *, news: int) -> float:
    """Days after which a page is due again.

    Args:
        recheck: the site's bounds.
        task: the page, with the interval that has passed.
        outcome: what became of it now.
        news: articles that it is the first to lead to; what a list is watched for.
    """
    before = (task.before or Stored()).days
    if outcome.reason == TAKEDOWN:
        return before or recheck.first_days
    if outcome.state == "failed":
        return (
            recheck.most_days
            if outcome.reason in _GONE
            else _grown(recheck, before or recheck.least_days / 2)
        )
    if task.kind == "sitemap":
        return recheck.least_days
    if outcome.state == "skipped" or not before:
        return _grown(recheck, before) if before else recheck.first_days
    changed = news > 0 if task.kind == "list" else outcome.state == "fetched" and outcome.changed
    return max(recheck.least_days, before / 2) if changed else _grown(recheck, before)


def _grown(recheck: Recheck, days: float) -> float:
    return min(recheck.most_days, days * 2)
