"""Storage elsewhere by its address: ``s3://bucket/key``, ``gs://…``, ``hf://…``, ``https://…``, through fsspec."""

from __future__ import annotations

from negdata.remote.address import Address, place

__all__ = ["Address", "place"]
