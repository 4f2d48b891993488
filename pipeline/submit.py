"""The `dedupe` command as a file that ``spark-submit`` takes for Python; it takes what has no ending for Java."""

import sys
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).parent)
    sys.path[:] = [folder for folder in sys.path if folder != here]  # or `io` is ours, not Python's
    from pipeline.cli import main

    main()
