"""Findings: what a reviewer has to know about a scan, each with a stable code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Severity = Literal["info", "warning", "block"]
_ORDER: dict[Severity, int] = {"block": 0, "warning": 1, "info": 2}


class Code(StrEnum):
    """The kinds of findings; docs/scan.md explains each."""

    ACCESS_UNPROVABLE = "ACCESS_UNPROVABLE"
    ALREADY_ON_TARGET = "ALREADY_ON_TARGET"
    CUSTOM_ROLE = "CUSTOM_ROLE"
    EMPTY_MODEL = "EMPTY_MODEL"
    GAPS = "GAPS"
    GONE_FROM_ORGANIZATION = "GONE_FROM_ORGANIZATION"
    LATEST_ELSEWHERE = "LATEST_ELSEWHERE"
    LEGACY_PUBLIC = "LEGACY_PUBLIC"
    LEGACY_RESTRICTED = "LEGACY_RESTRICTED"
    MERGED_TEAMS = "MERGED_TEAMS"
    MODEL_EXCLUDED = "MODEL_EXCLUDED"
    NAMESAKE = "NAMESAKE"
    NAME_CHANGED = "NAME_CHANGED"
    NAME_NOT_ALLOWED = "NAME_NOT_ALLOWED"
    NOT_A_MODEL = "NOT_A_MODEL"
    NOT_DECLARABLE = "NOT_DECLARABLE"
    NO_LEGACY_REGISTRY = "NO_LEGACY_REGISTRY"
    NUMBERING_DISPROVED = "NUMBERING_DISPROVED"
    NUMBERING_UNPROVEN = "NUMBERING_UNPROVEN"
    NUMBERS_TAKEN = "NUMBERS_TAKEN"
    ORGANIZATION_ADMINS = "ORGANIZATION_ADMINS"
    ORGANIZATION_SERVICE_ACCOUNTS = "ORGANIZATION_SERVICE_ACCOUNTS"
    PENDING_MEMBERS = "PENDING_MEMBERS"
    PEOPLE_CONTRADICT = "PEOPLE_CONTRADICT"
    PROTECTED_ALIASES = "PROTECTED_ALIASES"
    PROTECTED_ALIASES_UNREADABLE = "PROTECTED_ALIASES_UNREADABLE"
    REGISTRY_ADMINS = "REGISTRY_ADMINS"
    REGISTRY_ADMINS_UNREADABLE = "REGISTRY_ADMINS_UNREADABLE"
    ROLE_ABOVE_LEGACY = "ROLE_ABOVE_LEGACY"
    RULE_UNUSED = "RULE_UNUSED"
    SERVER_LACKS = "SERVER_LACKS"
    SERVICE_ACCOUNTS = "SERVICE_ACCOUNTS"
    SERVICE_ACCOUNT_AT_WORK = "SERVICE_ACCOUNT_AT_WORK"
    SHARED_VERSION = "SHARED_VERSION"
    SOURCE_ELSEWHERE = "SOURCE_ELSEWHERE"
    SOURCE_GONE = "SOURCE_GONE"
    SOURCE_PERSONAL = "SOURCE_PERSONAL"
    SOURCE_PROJECT_RESTRICTED = "SOURCE_PROJECT_RESTRICTED"
    SOURCE_UNREADABLE = "SOURCE_UNREADABLE"
    TEAM_ADMINS = "TEAM_ADMINS"
    TYPE_TAKEN = "TYPE_TAKEN"
    VERSIONS_EXCLUDED = "VERSIONS_EXCLUDED"
    VIEW_ONLY_PEOPLE = "VIEW_ONLY_PEOPLE"
    VISIBILITY_KEPT = "VISIBILITY_KEPT"
    WOULD_GAIN = "WOULD_GAIN"
    WOULD_LOSE = "WOULD_LOSE"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: `subject` is what it is about, `advice` what to do, "" where nothing is."""

    code: Code
    severity: Severity
    subject: str
    message: str
    advice: str = ""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Blocking ones first, then by code and subject, so that the same scan prints the same."""
    return tuple(sorted(findings, key=lambda f: (_ORDER[f.severity], f.code, f.subject, f.message)))


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that keep the stack file from being written."""
    return tuple(finding for finding in findings if finding.severity == "block")
