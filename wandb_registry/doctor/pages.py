"""How much a listing answers at once: tried on listings that are there anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.server.collections import Home
from wandb_registry.server.errors import Invalid, ServerError
from wandb_registry.server.organizations import Organization
from wandb_registry.server.pages import PAGE, PAGE_INFO
from wandb_registry.server.port import Port
from wandb_registry.state.names import LEGACY_PROJECT

_PROJECTS = f"""
query DoctorProjects($entity: String!, $first: Int) {{
  entity(name: $entity) {{ projects(first: $first) {{ {PAGE_INFO} edges {{ node {{ name }} }} }} }}
}}
"""
_COLLECTIONS = f"""
query DoctorCollections($entity: String!, $project: String!, $first: Int) {{
  project(name: $project, entityName: $entity) {{
    artifactCollections(first: $first) {{ {PAGE_INFO} edges {{ node {{ name }} }} }}
  }}
}}
"""
# As large as the largest document that scan sends.
_NESTED = f"""
query DoctorNested($entity: String!, $project: String!) {{
  project(name: $project, entityName: $entity) {{
    artifactCollections(first: 100) {{
      {PAGE_INFO}
      edges {{
        node {{
          name
          artifactMemberships(first: 100) {{
            {PAGE_INFO} edges {{ node {{ id versionIndex aliases {{ alias }} artifact {{ id }} }} }}
          }}
        }}
      }}
    }}
  }}
}}
"""


def ask_pages(port: Port, organization: Organization, teams: Sequence[str]) -> Iterator[Finding]:
    """Findings about page sizes and nested pages, from the legacy registries and the organization."""
    try:
        pages = list(_pages(port, organization, teams))
    except Invalid as error:
        yield QUESTIONS["large_pages"].answer(f"no: {error.message}", f"a page of {PAGE} asked for")
        yield QUESTIONS["page_size"].unknown(f"a page of {PAGE} is refused", "See large_pages")
    else:
        yield QUESTIONS["large_pages"].answer("yes", f"a page of {PAGE} asked for")
        yield _page_size(pages)
    yield _nested(
        port, [Home(team, LEGACY_PROJECT) for team in teams] or [Home(organization.entity, LEGACY_PROJECT)]
    )


def _page_size(pages: Sequence[dict[str, Any]]) -> Finding:
    question = QUESTIONS["page_size"]
    largest = 0
    for page in pages:
        held = len(page.get("edges") or ())
        if (page.get("pageInfo") or {}).get("hasNextPage"):
            return question.answer(str(held), f"a page of {PAGE} asked for, more than {held} there")
        largest = max(largest, held)
    if largest >= PAGE:
        return question.answer(str(PAGE), f"a page of {PAGE} answered whole")
    return question.unknown(
        f"the longest listing here has {largest} entries, all in one page",
        f"Nothing to do: it shows once a listing has more than {PAGE}",
    )


def _pages(port: Port, organization: Organization, teams: Sequence[str]) -> Iterator[dict[str, Any]]:
    asked = [
        (_COLLECTIONS, {"entity": team, "project": LEGACY_PROJECT}, "project", "artifactCollections")
        for team in teams
    ]
    asked += [
        (_PROJECTS, {"entity": entity}, "entity", "projects") for entity in (*teams, organization.entity)
    ]
    for document, variables, root, listing in asked:
        try:
            answer = port.execute(document, {**variables, "first": PAGE}).get(root)
        except Invalid:
            raise
        except ServerError:
            continue
        page = answer.get(listing) if isinstance(answer, dict) else None
        if isinstance(page, dict):
            yield page


def _nested(port: Port, homes: Sequence[Home]) -> Finding:
    """A project that is not there does as well: what a server refuses, it refuses before it looks."""
    question = QUESTIONS["nested_pages"]
    evidence = "100 collections with 100 links each, asked for at once"
    try:
        for home in homes:
            port.execute(_NESTED, {"entity": home.entity, "project": home.project})
    except Invalid as error:
        return question.answer(f"no: {error.message}", evidence)
    except ServerError as error:
        return question.unknown(error.message, "Run again")
    return question.answer("yes", evidence)
