"""What the library logs while a stage runs, told to Dagster where Dagster has started it.

Any part may report progress with ``logging.getLogger(__name__).info(...)``; in Dagster such lines stand in the event
log of the run, where people follow it. In a terminal the progress bars say the same.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mgiqa.system import explanation

STARTED_BY_DAGSTER = "DAGSTER_PIPES_CONTEXT"


class Relay(logging.Handler):
    """Hands each record to another logger, as plain text."""

    def __init__(self, target: logging.Logger) -> None:
        super().__init__(logging.INFO)
        self.target = target

    def emit(self, record: logging.LogRecord) -> None:
        self.target.log(record.levelno, record.getMessage())


@contextmanager
def relayed() -> Iterator[None]:
    """Inside the block Dagster, if it started this process, is told what the library logs and why it refuses."""
    if STARTED_BY_DAGSTER not in os.environ:
        yield
        return
    from dagster_pipes import open_dagster_pipes

    pipes = open_dagster_pipes()
    logger, relay = logging.getLogger("mgiqa"), Relay(pipes.log)
    level = logger.level
    logger.addHandler(relay)
    logger.setLevel(logging.INFO)
    try:
        yield
    except Exception as error:
        if said := explanation(error):
            pipes.log.error(str(said))
        raise
    finally:
        logger.removeHandler(relay)
        logger.setLevel(level)
        pipes.close()
