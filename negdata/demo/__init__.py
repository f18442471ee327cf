"""A small drawn world whose content is known, for demonstrations and tests."""

from __future__ import annotations

from negdata.demo.scene import Background, PlacedObject, Scene, draw_scene
from negdata.demo.world import World, write_world

__all__ = ["Background", "PlacedObject", "Scene", "World", "draw_scene", "write_world"]
