"""``python -m crawler.cli``: the same as ``fanwen``."""

from crawler.cli import main

main()
