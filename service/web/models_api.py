"""Language models by HTTP: which there are, how they stand here, and which one requests use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from language_models import ModelUnavailable
from language_models.registered_models import find_model, known_models
from service.model_standing import USUAL, Standing, model_in_use, standing_of
from service.web.problems import Missing
from service.web.route import Route
from service.web.served import Served


class ModelLine(BaseModel):
    """A model.

    Attributes:
        name: What it is called.
        kind: What opens it.
        licence: As its publisher words it.
        source: Who publishes it.
        size: Bytes of its files.
        memory: Bytes that it takes while it runs; None where that cannot be told.
        present: Whether its files are here.
        verified: Whether their hashes are right; None where that was not looked at.
        fault: Why it cannot be used; "" where it can.
        folder: Where its files are, or would be.
        sha256: Of its weights.
    """

    name: str
    kind: str
    licence: str
    source: str
    size: int
    memory: int | None
    present: bool
    verified: bool | None
    fault: str
    folder: str
    sha256: str


class InUse(BaseModel):
    """The model that requests are worked on with: where it runs, its name and place, and why it cannot."""

    kind: Literal["endpoint", "embedded", "none"]
    name: str
    place: str
    fault: str


class Models(BaseModel):
    """All models that are known here.

    Attributes:
        models: Those of the catalogue, then those added here.
        in_use: The one for requests.
        context_tokens: For how long a context the memory is told.
        slots: For how many conversations side by side.
    """

    models: list[ModelLine]
    in_use: InUse
    context_tokens: int
    slots: int


class ModelsApi:
    """Answers which models there are."""

    def __init__(self, served: Served) -> None:
        pass  # models are the machine's, not one record's

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        return (
            Route("GET", "/api/models", self.models, Models),
            Route("POST", "/api/models/{name}/verify", self.verify, ModelLine),
        )

    def models(self) -> Models:
        """Lists the models, and how they stand on this machine."""
        found = [_line(standing_of(model)) for model in known_models()]
        in_use = InUse(**vars(model_in_use()))
        return Models(models=found, in_use=in_use, context_tokens=USUAL.context_tokens, slots=USUAL.slots)

    def verify(self, name: str) -> ModelLine:
        """Compares the hashes of a model's files, which reads them all."""
        try:
            model = find_model(name)
        except ModelUnavailable as error:
            raise Missing(str(error)) from error
        return _line(standing_of(model, check=True))


def _line(standing: Standing) -> ModelLine:
    model = standing.model
    return ModelLine(
        name=model.name,
        kind=model.kind,
        licence=model.licence,
        source=str(model.source),
        size=model.size,
        memory=standing.memory,
        present=standing.is_present,
        verified=standing.is_verified,
        fault=standing.fault,
        folder=str(standing.folder),
        sha256=model.files[0].sha256,
    )
