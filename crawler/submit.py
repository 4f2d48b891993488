"""The `fanwen` command as a file that ``spark-submit`` takes for Python; it takes what has no ending for Java."""

from crawler.cli import main

if __name__ == "__main__":
    main()
