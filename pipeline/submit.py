"""The `dedupe` command as a file that ``spark-submit`` takes for Python; it takes what has no ending for Java."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
