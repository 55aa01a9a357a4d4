"""``data/registry/candidate.json``: which version of the registered model this checkout made."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mgiqa.errors import RegistryError
from mgiqa.registry.models import Version, find_version
from mgiqa.registry.store import Store

FILE = "candidate.json"
REGISTER_AGAIN = "Enter it here: dvc repro --force --single-item register"


@dataclass(frozen=True)
class Candidate:
    """The version that a checkout registered.

    Attributes:
        name: of the registered model.
        version: its number.
        run_id: the run that made it.
        model_uri: address that MLflow's tools take.
        digest: of the model's files.
    """

    name: str
    version: int
    run_id: str
    model_uri: str
    digest: str

    @classmethod
    def of(cls, version: Version) -> "Candidate":
        """Names ``version``."""
        return cls(version.name, version.number, version.run_id, version.uri, version.digest)

    def write(self, folder: Path) -> None:
        """Writes ``candidate.json``."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Candidate | None":
        """Reads ``candidate.json``, if the folder has one.

        Raises:
            RegistryError: it has another form.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise RegistryError(f"{path} cannot be read: {error}", remedy=REGISTER_AGAIN) from error

    def find(self, store: Store) -> Version:
        """The version in the registry.

        Raises:
            RegistryError: the registry has none of that number, or it holds another model, because the outputs were
                made with another registry.
        """
        found = find_version(store, self.name, self.version)
        if found is None or found.digest != self.digest:
            what = "does not know" if found is None else "has another model as"
            raise RegistryError(
                f"the registry {what} {self.name} version {self.version}, which this checkout names",
                remedy=REGISTER_AGAIN,
            )
        return found
