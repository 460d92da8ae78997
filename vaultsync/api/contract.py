"""The API's contract: each route with what is asked and answered. Nothing here does anything."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from vaultsync.api.values import (
    AcceptRequest,
    ApiRequest,
    AppliedAnswer,
    AppliedRequest,
    ConflictEntry,
    ConflictRequest,
    ConflictsAnswer,
    ConsentRequest,
    DecideRequest,
    DiffsAnswer,
    DoneAnswer,
    EmptyRequest,
    FixAnswer,
    FixRequest,
    HoldRequest,
    ImportAnswer,
    ImportRequest,
    KeepRequest,
    MentionsAnswer,
    MissingAnswer,
    NamedRunRequest,
    NoteRequest,
    PauseRequest,
    ProblemsAnswer,
    ProblemsRequest,
    RunAnswer,
    RunRequest,
    RunsAnswer,
    RunsRequest,
    SettingsAnswer,
    SettingsRequest,
    StatusAnswer,
    StatusRequest,
    SuggestionsAnswer,
    SyncAnswer,
    WhyAnswer,
    WhyRequest,
)

API = "1.5"
"""The version of the contract. The first number changes when a client of before would go wrong."""


class Route(msgspec.Struct, frozen=True):
    """A route: method, path below `/v1`, what is asked and answered. Its handler is called as `name`."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    name: str
    asked: type[ApiRequest]
    answer: type[Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


ROUTES = (
    Route("GET", "/status", "status", StatusRequest, StatusAnswer),
    Route("POST", "/fix", "fix", FixRequest, FixAnswer),
    Route("POST", "/applied", "applied", AppliedRequest, AppliedAnswer),
    Route("POST", "/hold", "hold", HoldRequest, DoneAnswer),
    Route("POST", "/run", "run", RunRequest, RunAnswer),
    Route("GET", "/problems", "problems", ProblemsRequest, ProblemsAnswer),
    Route("POST", "/accept", "accept", AcceptRequest, DoneAnswer),
    Route("GET", "/suggestions", "suggestions", NoteRequest, SuggestionsAnswer),
    Route("POST", "/decide", "decide", DecideRequest, DoneAnswer),
    Route("GET", "/runs", "runs", RunsRequest, RunsAnswer),
    Route("GET", "/runs/{run}/diff", "run_diff", NamedRunRequest, DiffsAnswer),
    Route("POST", "/runs/{run}/undo", "run_undo", NamedRunRequest, RunAnswer),
    Route("GET", "/mentions", "mentions", NoteRequest, MentionsAnswer),
    Route("GET", "/why", "why", WhyRequest, WhyAnswer),
    Route("GET", "/settings", "settings", EmptyRequest, SettingsAnswer),
    Route("PATCH", "/settings", "change_settings", SettingsRequest, SettingsAnswer),
    Route("POST", "/consent", "consent", ConsentRequest, DoneAnswer),
    Route("GET", "/missing", "missing", EmptyRequest, MissingAnswer),
    Route("POST", "/import", "import_text", ImportRequest, ImportAnswer),
    Route("POST", "/sync", "sync", EmptyRequest, SyncAnswer),
    Route("GET", "/conflicts", "conflicts", EmptyRequest, ConflictsAnswer),
    Route("GET", "/conflicts/{id}", "conflict", ConflictRequest, ConflictEntry),
    Route("POST", "/conflicts/keep", "keep", KeepRequest, DoneAnswer),
    Route("POST", "/pause", "pause", PauseRequest, DoneAnswer),
    Route("POST", "/resume", "resume", EmptyRequest, DoneAnswer),
    Route("GET", "/openapi.json", "openapi", EmptyRequest, dict),
)
