"""A set of record ids in little, flat memory: about 32 bytes an id at a million."""

from __future__ import annotations

import struct
from array import array
from hashlib import blake2b

_FIRST_SLOTS = 1 << 10
_HALVES = struct.Struct("=QQ")


class IdSet:
    """Ids by their 128-bit fingerprints, in an open-addressing table.

    At 128 bits two ids share a fingerprint once in 10^26 sets of a million: a record is never taken for another.
    """

    def __init__(self, expected: int = 0) -> None:
        """Makes room for so many ids at once: a table that grows is built anew each time, while everyone waits."""
        slots = max(_FIRST_SLOTS, 1 << (3 * expected // 2 + 2).bit_length())
        self._slots = _empty(slots)
        self._mask = slots - 1
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, id: str) -> bool:
        low, high = _fingerprint(id)
        slots, mask = self._slots, self._mask
        slot = low & mask
        while (found := slots[2 * slot]) != 0:
            if found == low and slots[2 * slot + 1] == high:
                return True
            slot = (slot + 1) & mask
        return False

    def add(self, id: str) -> bool:
        """Adds an id; False where it was in already."""
        low, high = _fingerprint(id)
        slots, mask = self._slots, self._mask
        slot = low & mask
        while (found := slots[2 * slot]) != 0:
            if found == low and slots[2 * slot + 1] == high:
                return False
            slot = (slot + 1) & mask
        slots[2 * slot] = low
        slots[2 * slot + 1] = high
        self._count += 1
        if 3 * self._count > 2 * mask:
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._slots
        mask = 2 * (self._mask + 1) - 1
        slots = _empty(mask + 1)
        for index in range(0, len(old), 2):
            low = old[index]
            if low:
                slot = low & mask
                while slots[2 * slot]:
                    slot = (slot + 1) & mask
                slots[2 * slot] = low
                slots[2 * slot + 1] = old[index + 1]
        self._slots, self._mask = slots, mask


def _empty(slots: int) -> array[int]:
    return array("Q", (0,)) * (2 * slots)


def _fingerprint(id: str) -> tuple[int, int]:
    low, high = _HALVES.unpack(blake2b(id.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return low or 1, high  # 0 marks an empty slot
