"""What comes from outside, changed at random by a seed: it is taken or refused, and nothing else happens.

    python benchmarks/fuzz images                  # as many cases as promised
    python benchmarks/fuzz images --count 1000 --seed 7

A part is a module of this folder with ``COUNT``, the number of cases that is promised, and ``run(count, seed)``, which
prints what came of them and returns whether all is as promised. The exit status is 1 where one is not.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

PARTS = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    """Runs the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--count", type=int, help="cases of each part; by default as many as it promises")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    held = True
    for name in options.parts:
        part = import_module(name)
        held &= part.run(options.count or part.COUNT, options.seed)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
