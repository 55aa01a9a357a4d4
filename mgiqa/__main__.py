"""``python -m mgiqa``."""

from mgiqa.cli import main

if __name__ == "__main__":
    main()
