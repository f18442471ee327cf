"""The animals of the drawn world, and what they do."""

from __future__ import annotations

from negdata.demo.shapes import FURRED, WOOLLY, Pictogram, box, ellipse, line, polygon

ANIMALS: dict[str, dict[str, Pictogram]] = {
    "dog": {
        "": Pictogram(
            (
                line("body", 8, 20, 48, 6, 22),
                *(box("body", x, 60, x + 9, 96) for x in (20, 33, 58, 70)),
                ellipse("body", 14, 38, 82, 74),
                ellipse("body", 64, 12, 96, 48),
                ellipse("body", 82, 24, 104, 44),
                ellipse("shade", 62, 14, 76, 46),
                ellipse("dark", 82, 20, 88, 26),
                ellipse("dark", 98, 28, 105, 35),
            ),
            FURRED,
        ),
        "running": Pictogram(
            (
                line("body", 8, 14, 46, -10, 36),
                *(line("body", 9, *points) for points in ((20, 62, -2, 82), (28, 64, 10, 88))),
                *(line("body", 9, *points) for points in ((72, 62, 96, 82), (80, 58, 108, 72))),
                ellipse("body", 8, 38, 90, 70),
                ellipse("body", 72, 14, 104, 50),
                ellipse("body", 90, 26, 114, 46),
                polygon("shade", 80, 18, 62, 14, 64, 34, 78, 34),
                ellipse("dark", 90, 22, 96, 28),
                ellipse("dark", 107, 30, 114, 37),
                ellipse("red", 94, 42, 102, 54),
            ),
            FURRED,
        ),
        "sleeping": Pictogram(
            (
                line("body", 8, 10, 84, -8, 92),
                ellipse("body", 0, 54, 84, 98),
                *(line("body", 9, x, 94, x + 22, 96) for x in (14, 58)),
                ellipse("body", 68, 62, 102, 98),
                ellipse("body", 88, 78, 112, 98),
                ellipse("shade", 66, 62, 80, 94),
                line("dark", 3, 86, 78, 94, 78),
                ellipse("dark", 106, 82, 113, 89),
                *(line("dark", 3, x, y, x + s, y, x, y + s, x + s, y + s) for x, y, s in ((92, 42, 9), (104, 24, 12))),
            ),
            FURRED,
        ),
    },
    "cat": {
        "": Pictogram(
            (
                line("body", 8, 62, 94, 90, 88, 94, 62),
                ellipse("body", 26, 42, 74, 100),
                polygon("body", 24, 32, 22, 0, 46, 14),
                polygon("body", 76, 32, 78, 0, 54, 14),
                ellipse("body", 22, 8, 78, 56),
                *(ellipse("gold", x, 22, x + 12, 36) for x in (34, 54)),
                *(ellipse("dark", x, 24, x + 4, 34) for x in (38, 58)),
                polygon("dark", 46, 40, 54, 40, 50, 45),
                *(line("dark", 2, *points) for points in ((44, 44, 10, 38), (44, 46, 10, 50))),
                *(line("dark", 2, *points) for points in ((56, 44, 90, 38), (56, 46, 90, 50))),
            ),
            FURRED,
        ),
        "sleeping": Pictogram(
            (
                ellipse("body", 10, 40, 104, 100),
                line("shade", 7, 94, 90, 66, 95, 40, 94),
                polygon("body", 6, 58, 4, 30, 24, 44),
                polygon("body", 48, 52, 52, 30, 32, 42),
                ellipse("body", 2, 42, 52, 88),
                *(line("dark", 3, x, 62, x + 4, 66, x + 10, 62) for x in (12, 32)),
                polygon("dark", 24, 70, 30, 70, 27, 74),
                *(line("shade", 4, *points) for points in ((64, 44, 60, 60), (76, 46, 73, 62), (88, 52, 85, 66))),
                *(line("dark", 3, x, y, x + s, y, x, y + s, x + s, y + s) for x, y, s in ((56, 20, 9), (68, 2, 12))),
            ),
            FURRED,
        ),
    },
    "bird": {
        "": Pictogram(
            (
                *(line("gold", 4, x, 72, x, 92, x + 8, 92) for x in (40, 54)),
                polygon("shade", 24, 52, 0, 40, 0, 62, 26, 66),
                ellipse("body", 16, 32, 76, 80),
                ellipse("body", 58, 10, 90, 44),
                polygon("gold", 88, 20, 108, 28, 88, 34),
                polygon("shade", 28, 46, 62, 46, 34, 74),
                ellipse("dark", 74, 20, 80, 26),
            ),
            small=True,
        ),
        "flying": Pictogram(
            (
                polygon("shade", 18, 50, -4, 40, -4, 62),
                polygon("shade", 42, 46, 26, 0, 66, 40),
                ellipse("body", 10, 36, 80, 66),
                polygon("body", 36, 50, 44, 104, 68, 52),
                ellipse("body", 66, 26, 96, 56),
                polygon("gold", 94, 36, 112, 43, 94, 49),
                ellipse("dark", 80, 34, 86, 40),
            ),
            small=True,
            high=True,
        ),
    },
    "fish": {
        "": Pictogram(
            (
                polygon("shade", 26, 50, 0, 24, 0, 76),
                polygon("shade", 46, 30, 66, 12, 74, 30),
                ellipse("body", 18, 24, 100, 76),
                *(line("light", 5, x, 32, x, 68) for x in (46, 58)),
                polygon("shade", 50, 52, 40, 66, 62, 60),
                ellipse("light", 78, 38, 90, 50),
                ellipse("dark", 82, 42, 87, 47),
            ),
            small=True,
        ),
    },
    "horse": {
        "": Pictogram(
            (
                line("dark", 9, 8, 42, -2, 60, 2, 78),
                *(box("body", x, 62, x + 8, 104) for x in (14, 26, 60, 72)),
                *(box("dark", x, 98, x + 8, 104) for x in (14, 26, 60, 72)),
                ellipse("body", 6, 34, 84, 72),
                polygon("body", 62, 46, 74, 4, 90, 8, 84, 56),
                polygon("body", 74, 4, 92, 0, 114, 24, 106, 32, 82, 24),
                polygon("body", 76, 6, 80, -8, 86, 4),
                polygon("dark", 60, 44, 70, 2, 78, 6, 70, 46),
                ellipse("dark", 90, 8, 96, 14),
            ),
            FURRED,
        ),
        "running": Pictogram(
            (
                line("dark", 9, 6, 42, -18, 36, -26, 46),
                *(line("body", 9, *points) for points in ((18, 62, 0, 82, -12, 100), (26, 64, 16, 86, -2, 92))),
                *(line("body", 9, *points) for points in ((72, 62, 96, 74, 92, 94), (80, 58, 104, 64, 112, 82))),
                ellipse("body", 4, 34, 86, 70),
                polygon("body", 64, 46, 84, 4, 100, 10, 88, 58),
                polygon("body", 84, 4, 102, 2, 126, 24, 118, 32, 92, 26),
                polygon("body", 86, 6, 88, -8, 96, 4),
                polygon("dark", 58, 40, 70, 0, 88, 4, 74, 46),
                ellipse("dark", 101, 9, 107, 15),
            ),
            FURRED,
        ),
        "eating": Pictogram(
            (
                line("dark", 9, 8, 42, -2, 60, 2, 78),
                *(box("body", x, 62, x + 8, 104) for x in (14, 26, 60, 72)),
                *(box("dark", x, 98, x + 8, 104) for x in (14, 26, 60, 72)),
                ellipse("body", 6, 34, 84, 72),
                polygon("body", 66, 40, 82, 40, 104, 80, 92, 88),
                polygon("body", 92, 76, 106, 76, 116, 98, 100, 104),
                polygon("dark", 70, 38, 82, 38, 104, 78, 98, 80),
                ellipse("dark", 100, 82, 106, 88),
                *(line("leaf", 4, x, 104, x + d, 90) for x, d in ((104, -2), (110, 2), (117, 4), (122, 7))),
            ),
            FURRED,
        ),
    },
    "sheep": {
        "": Pictogram(
            (
                *(box("dark", x, 66, x + 8, 100) for x in (22, 34, 62, 74)),
                *(ellipse("body", x, y, x + 36, y + 34) for x, y in ((4, 28), (24, 18), (48, 20), (64, 30))),
                *(ellipse("body", x, y, x + 36, y + 34) for x, y in ((8, 44), (30, 48), (56, 46), (34, 34))),
                ellipse("dark", 82, 20, 108, 58),
                ellipse("dark", 76, 22, 90, 34),
                ellipse("light", 92, 32, 99, 39),
                ellipse("body", 80, 12, 104, 30),
            ),
            WOOLLY,
        ),
        "sleeping": Pictogram(
            (
                *(ellipse("body", x, y, x + 36, y + 34) for x, y in ((0, 52), (22, 42), (46, 44), (62, 54))),
                *(ellipse("body", x, y, x + 36, y + 34) for x, y in ((8, 66), (30, 66), (54, 66), (34, 54))),
                ellipse("dark", 78, 62, 108, 96),
                ellipse("dark", 74, 62, 88, 74),
                line("light", 3, 90, 78, 98, 78),
                ellipse("body", 80, 52, 104, 70),
                *(line("dark", 3, x, y, x + s, y, x, y + s, x + s, y + s) for x, y, s in ((92, 32, 9), (104, 12, 12))),
            ),
            WOOLLY,
        ),
    },
}
"""Kind → what it does ("": nothing much) → what that looks like."""
