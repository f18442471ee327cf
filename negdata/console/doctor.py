"""What an examination found, and under each fault the line that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from negdata.console.base import on_screen, out, sentence, size, visible

if TYPE_CHECKING:
    from negdata.doctor import Diagnosis, Finding
    from negdata.doctor.diagnosis import Answerer, Device, Place

_SIGNS = {"ok": ("✓", "green"), "absent": ("–", "bright_black"), "broken": ("✗", "red")}
_DIM = "bright_black"
_MOST_MODELS = 6
"""Names of a backend's models that are shown; the JSON has all."""

_Row = tuple["Finding", str]


def diagnosis(found: Diagnosis) -> None:
    """Everything that was looked at, then the verdict on what was asked for."""
    head = f"negdata {found.negdata} · Python {found.python} · {visible(found.platform)} · {found.cores} cores"
    sentence(out, Text(head, style="bold"))
    sentence(out, Text(visible(found.executable), style=_DIM))
    _section("Packages", [(one, f"{one.said} · {one.enables}") for one in found.extras])
    _section("Devices", [(one, _device(one)) for one in found.devices])
    _section("Backends", [(one, _backend(one)) for one in found.backends])
    _section("Keys", [(one, one.said) for one in found.keys])
    disk = f"{size(found.disk.free)} free of {size(found.disk.total)} at {found.disk.path}"
    _section("Places", [*((one, _place(one)) for one in found.places), (found.disk, disk)])
    if found.wanted is not None:
        _section(f"negdata {found.wanted.purpose}", [(one, one.said) for one in found.wanted.needs])
        out.print()
        if found.wanted.works:
            sentence(out, Text.assemble(("✓ ", "green"), (f"negdata {found.wanted.purpose} will work.", "bold")))
        else:
            sentence(out, Text.assemble(("✗ ", "red"), (f"negdata {found.wanted.purpose} won't work yet.", "bold")))


def _section(title: str, rows: Sequence[_Row]) -> None:
    """Findings in columns in a terminal; elsewhere a line each, however long."""
    out.print()
    sentence(out, Text(title, style="bold"))
    width = max(len(one.name) for one, _ in rows)
    if not on_screen(out):
        for one, said in rows:
            sentence(out, Text(f"{_SIGNS[one.state][0]} {one.name.ljust(width)}  {visible(said)}"))
            if one.mend:
                sentence(out, Text(f"  {' ' * width}  → {visible(one.mend)}"))
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(width=width, no_wrap=True)
    table.add_column(overflow="fold")
    for one, said in rows:
        sign, style = _SIGNS[one.state]
        told = Text(visible(said), style=_DIM if one.state == "absent" else "")
        if one.mend:
            told.append(f"\n→ {visible(one.mend)}", style="cyan")
        table.add_row(Text(sign, style=style), Text(visible(one.name)), told)
    out.print(table)


def _device(one: Device) -> str:
    memory = f", {size(one.free or 0)} free of {size(one.memory)}" if one.memory is not None else ""
    return f"{one.said}{memory}, {one.dtype}" if one.dtype else one.said


def _backend(one: Answerer) -> str:
    told = one.said if one.address is None or one.address in one.said else f"{one.address}: {one.said}"
    if not one.models:
        return told
    more = f" and {len(one.models) - _MOST_MODELS} more" if len(one.models) > _MOST_MODELS else ""
    return f"{told} ({', '.join(one.models[:_MOST_MODELS])}{more})"


def _place(one: Place) -> str:
    told = [one.path, *([size(one.bytes)] if one.bytes is not None else []), *([one.said] if one.said else [])]
    return ", ".join(told) + (", not there yet" if one.state == "absent" else "")
