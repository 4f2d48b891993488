"""The frontier: every URL that is known, what became of it and what is fetched next, in one SQLite file."""

from crawler.frontier.database import key_of
from crawler.frontier.frontier import Frontier
from crawler.frontier.task import TAKEDOWN, Outcome, Skip, Stored, Task

__all__ = ["TAKEDOWN", "Frontier", "Outcome", "Skip", "Stored", "Task", "key_of"]
