"""What the legacy Model Registries hold: six registered models, and what is special about each."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "train"  # of each team: where the models are logged


@dataclass(frozen=True)
class Version:
    """A version of a registered model: which version of which artifact it links, and its aliases."""

    artifact: str
    number: int
    aliases: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """`name:vN`."""
        return f"{self.artifact}:v{self.number}"


@dataclass(frozen=True)
class Model:
    """A registered model of a team; its versions in the order in which they were linked."""

    team: str
    name: str
    versions: tuple[Version, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    deleted: int | None = None
    """The version whose artifact was deleted later: the numbers have a gap."""
    emptied: bool = False
    """Linked once, then unlinked."""

    @property
    def path(self) -> str:
        """`team/model-registry/name`."""
        return f"{self.team}/model-registry/{self.name}"

    @property
    def left(self) -> int:
        """How many versions it holds in the end."""
        return 0 if self.emptied else len(self.versions) - (self.deleted is not None)


def _series(artifact: str, *aliases: tuple[str, ...]) -> tuple[Version, ...]:
    return tuple(Version(artifact, number, own) for number, own in enumerate(aliases))


CHURN = Model(
    "fraud",
    "churn",
    _series("churn-xgb", (), ("baseline",), ("production",), ("staging",), ()),
    "Who is about to leave",
    ("tabular", "customer"),
)
SCORING = Model(
    "fraud",
    "scoring",
    _series("scoring-net", ("first",), (), (), ("production", "eu-west")),
    "Score of a payment",
    deleted=1,
)
CHECK = Model(
    "fraud",
    "Betrug Prüfung",
    _series("pruefung", (), ("staging",), ("production",)),
    "A name with a space and a letter beyond ASCII",
    ("text",),
)
RETIRED = Model("fraud", "retired", _series("retired-svm", ()), "Linked once, then unlinked", emptied=True)
DEFECTS = Model(
    "vision", "defects", _series("defects-yolo", (), (), ("production",)), "Scratches and dents", ("image",)
)
EDGE = Model(
    "vision",
    "defects-edge",
    (Version("defects-tiny", 0), Version("defects-yolo", 2, ("candidate",))),
    "Its newest version is also linked into defects",
    ("image", "edge"),
)
MODELS = (CHURN, SCORING, CHECK, RETIRED, DEFECTS, EDGE)


def artifacts(team: str) -> dict[str, int]:
    """The artifacts that a team logs, with how many versions of each."""
    count: dict[str, int] = {}
    for version in (version for model in MODELS if model.team == team for version in model.versions):
        count[version.artifact] = max(count.get(version.artifact, 0), version.number + 1)
    return count


def content(artifact: str, number: int) -> bytes:
    """The bytes of an artifact version: no two are alike."""
    return f"weights of {artifact}, version {number}\n".encode() * (number + 3)
