"""A small drawn world whose content is known, for demonstrations and tests; ``run_demo`` goes the whole way in it."""

from __future__ import annotations

from negdata.demo.outcome import DemoReport
from negdata.demo.run import Step, run_demo
from negdata.demo.scene import Background, PlacedObject, Scene, draw_scene
from negdata.demo.settings import DemoSettings
from negdata.demo.world import World, write_world

__all__ = [
    "Background",
    "DemoReport",
    "DemoSettings",
    "PlacedObject",
    "Scene",
    "Step",
    "World",
    "draw_scene",
    "run_demo",
    "write_world",
]
