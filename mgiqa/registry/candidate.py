"""``data/registry/candidate.json``: which registered model this checkout made.

The model is named by its digest. Its number depends on what was registered before it, so it would differ where the same
seed has given the same model.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mgiqa.errors import RegistryError
from mgiqa.registry.champion import set_challenger
from mgiqa.registry.models import CHALLENGER, Version, find_alias, find_model
from mgiqa.registry.store import Store

_FILE = "candidate.json"
REGISTER_AGAIN = "Enter it here: dvc repro --force --single-item register"


@dataclass(frozen=True)
class Candidate:
    """The model that a checkout registered.

    Attributes:
        name: of the registered model.
        digest: of the model's files.
    """

    name: str
    digest: str

    @classmethod
    def of(cls, version: Version) -> "Candidate":
        """Names ``version``."""
        return cls(version.name, version.digest)

    def write(self, folder: Path) -> None:
        """Writes ``candidate.json``."""
        (folder / _FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Candidate | None":
        """Reads ``candidate.json``, if the folder has one.

        Raises:
            RegistryError: it has another form.
        """
        path = folder / _FILE
        if not path.is_file():
            return None
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise RegistryError(f"{path} cannot be read: {error}", remedy=REGISTER_AGAIN) from error

    def find(self, store: Store) -> Version:
        """Its version in the registry; the newest, where several hold the same model.

        Raises:
            RegistryError: there is none, because the outputs were made with another registry.
        """
        version = find_model(store, self.name, self.digest)
        if version is None:
            raise RegistryError(
                f"the registry does not know the model {self.digest[:12]} of {self.name}, which this checkout names",
                remedy=REGISTER_AGAIN,
            )
        return version


def find_challenger(store: Store, name: str, candidate: Candidate | None) -> Version:
    """The version that ``candidate`` names, which is made challenger; where there is none, that with the alias.

    Raises:
        RegistryError: there is no such version.
    """
    if candidate is None:
        version = find_alias(store, name, CHALLENGER)
        if version is None:
            raise RegistryError(f"{name} has no challenger", remedy="Train and register one with: dvc repro register")
        return version
    version = candidate.find(store)
    return version if CHALLENGER in version.aliases else set_challenger(store, version)
