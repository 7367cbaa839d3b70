"""Several mutations in one document, each under an alias of its own, so that one failure shows itself alone.

They are not atomic: what comes before and after a failed one is done (facts/wandb.md, T11). A server that
refuses such documents as a whole, before it does anything, is asked one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wandb_registry.server.errors import Invalid, ServerError
from wandb_registry.server.port import Port

# How many mutations a document carries; fifty links take 20 ms in one, 160 ms one by one.
BATCH = 50

Mutation = tuple[str, str, dict[str, Any]]  # field, the name of its input type, its input


def run_batch(
    port: Port, name: str, mutations: Sequence[Mutation], selection: str, *, size: int = BATCH
) -> list[dict[str, Any] | ServerError]:
    """Send all mutations in order, `size` a request; for each its answer, or its error."""
    results: list[dict[str, Any] | ServerError] = []
    start = 0
    while start < len(mutations):
        some = mutations[start : start + size]
        try:
            results.extend(_send(port, name, some, selection))
        except Invalid:
            if len(some) == 1:
                raise
            size = 1
            continue
        start += len(some)
    return results


def _send(
    port: Port, name: str, mutations: Sequence[Mutation], selection: str
) -> list[dict[str, Any] | ServerError]:
    variables = ", ".join(f"$i{n}: {kind}!" for n, (_, kind, _) in enumerate(mutations))
    fields = " ".join(
        f"m{n}: {field}(input: $i{n}) {{ {selection} }}" for n, (field, _, _) in enumerate(mutations)
    )
    document = f"mutation {name}({variables}) {{ {fields} }}"
    answer = port.execute_fields(document, {f"i{n}": value for n, (_, _, value) in enumerate(mutations)})
    results: list[dict[str, Any] | ServerError] = []
    for n, (field, _, _) in enumerate(mutations):
        result = answer.data.get(f"m{n}")
        if isinstance(result, dict):
            results.append(result)
            continue
        document_error = next(iter(answer.errors.values()), None)
        results.append(
            answer.errors.get(f"m{n}")
            or document_error
            or Invalid(f"{port.base_url} did not answer to {field}")
        )
    return results
