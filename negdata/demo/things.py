"""The things of the drawn world."""

from __future__ import annotations

from negdata.demo.shapes import BOLD, Pictogram, Shape, box, ellipse, line, polygon, ring

THINGS: dict[str, dict[str, Pictogram]] = {
    "car": {
        "": Pictogram(
            (
                polygon("body", 22, 44, 36, 18, 72, 18, 86, 44),
                box("body", 4, 42, 108, 70),
                polygon("light", 30, 42, 40, 24, 52, 24, 52, 42),
                polygon("light", 57, 42, 57, 24, 69, 24, 78, 42),
                ellipse("gold", 100, 48, 108, 56),
                *(ellipse("dark", x, 56, x + 26, 82) for x in (16, 70)),
                *(ellipse("light", x, 64, x + 10, 74) for x in (24, 78)),
            ),
        )
    },
    "bus": {
        "": Pictogram(
            (
                box("body", 0, 8, 124, 80),
                box("light", 6, 18, 24, 46),
                *(box("light", x, 18, x + 18, 46) for x in (30, 52, 74)),
                box("light", 98, 18, 118, 70),
                line("shade", 5, 2, 58, 92, 58),
                *(ellipse("dark", x, 66, x + 26, 92) for x in (14, 82)),
                *(ellipse("light", x, 74, x + 10, 84) for x in (22, 90)),
                ellipse("gold", 116, 70, 124, 78),
            ),
            BOLD,
        )
    },
    "bicycle": {
        "": Pictogram(
            (
                *(ring("dark", 5, x, 44, x + 44, 88) for x in (0, 66)),
                line("body", 6, 22, 66, 44, 34, 78, 34, 52, 66, 22, 66),
                line("body", 6, 40, 26, 52, 66),
                line("body", 6, 74, 20, 88, 66),
                line("dark", 6, 30, 24, 50, 24),
                line("dark", 5, 70, 20, 86, 16),
            ),
        )
    },
    "boat": {
        "": Pictogram(
            (
                line("wood", 5, 50, 4, 50, 72),
                polygon("light", 54, 8, 54, 62, 92, 62),
                polygon("shade", 46, 16, 46, 62, 16, 62),
                polygon("body", 0, 68, 104, 68, 84, 96, 20, 96),
            ),
        )
    },
    "airplane": {
        "flying": Pictogram(
            (
                polygon("shade", 6, 40, -8, 8, 12, 8, 30, 38),
                polygon("shade", 60, 42, 44, 14, 58, 14, 84, 42),
                polygon("body", 4, 36, 100, 36, 122, 46, 126, 52, 116, 60, 14, 60, 0, 46),
                polygon("body", 50, 52, 28, 88, 46, 88, 86, 54),
                *(ellipse("light", x, 42, x + 8, 50) for x in (28, 42, 56, 70, 84)),
                polygon("light", 104, 40, 114, 44, 118, 48, 104, 48),
            ),
            BOLD,
            high=True,
        )
    },
    "bench": {
        "": Pictogram(
            (
                *(box("dark", x, 40, x + 7, 92) for x in (8, 108)),
                *(box("dark", x, 64, x + 7, 92) for x in (24, 92)),
                *(box("body", 0, y, 124, y + 12) for y in (20, 38)),
                box("body", -4, 58, 128, 70),
            ),
            ("brown", "green", "red", "blue", "gray"),
        )
    },
    "umbrella": {
        "": Pictogram(
            (
                line("wood", 5, 50, 8, 50, 92, 58, 98, 66, 92, 66, 86),
                Shape("dome", "body", (0, 6, 100, 98)),
                Shape("dome", "light", (34, 6, 66, 98)),
                line("dark", 3, 50, 0, 50, 8),
            ),
        )
    },
    "hat": {
        "": Pictogram(
            (
                ellipse("body", 0, 56, 104, 84),
                polygon("body", 24, 68, 30, 16, 74, 16, 80, 68),
                polygon("light", 24, 68, 26, 52, 78, 52, 80, 68),
            ),
            small=True,
        )
    },
    "chair": {
        "": Pictogram(
            (
                *(box("shade", x, 50, x + 7, 100) for x in (14, 66)),
                *(box("body", x, 0, x + 8, 60) for x in (10, 30, 50)),
                box("body", 8, 0, 60, 10),
                box("body", 6, 52, 78, 64),
                *(box("body", x, 60, x + 8, 106) for x in (6, 70)),
            ),
        )
    },
    "clock": {
        "": Pictogram(
            (
                *(polygon("shade", *points) for points in ((20, 84, 14, 104, 30, 92), (80, 84, 86, 104, 70, 92))),
                *(ellipse("shade", x, 0, x + 26, 24) for x in (12, 62)),
                ellipse("body", 4, 6, 96, 98),
                ellipse("light", 18, 20, 82, 84),
                line("dark", 6, 50, 30, 50, 52, 68, 60),
                *(line("dark", 4, *points) for points in ((50, 22, 50, 27), (50, 77, 50, 82))),
                *(line("dark", 4, *points) for points in ((20, 52, 25, 52), (75, 52, 80, 52))),
            ),
            small=True,
        )
    },
    "ball": {
        "": Pictogram(
            (
                ellipse("body", 0, 0, 100, 100),
                ellipse("light", 34, 1, 66, 99),
                line("dark", 3, 2, 50, 98, 50),
                ellipse("gold", 40, 40, 60, 60),
            ),
            small=True,
        )
    },
    "kite": {
        "flying": Pictogram(
            (
                line("dark", 3, 50, 70, 42, 82, 58, 94, 46, 108),
                *(polygon("light", x, y - 5, x, y + 5, x + 14, y - 5, x + 14, y + 5) for x, y in ((38, 84), (46, 98))),
                polygon("body", 50, 0, 90, 30, 50, 74, 10, 30),
                polygon("light", 50, 0, 90, 30, 50, 30),
                polygon("light", 10, 30, 50, 30, 50, 74),
            ),
            high=True,
        )
    },
    "apple": {
        "": Pictogram(
            (
                polygon(
                    "body",
                    *(50, 34, 62, 26, 80, 26, 96, 42, 98, 62, 88, 86, 70, 98, 58, 96),
                    *(50, 92, 42, 96, 30, 98, 12, 86, 2, 62, 4, 42, 20, 26, 38, 26),
                ),
                line("wood", 6, 50, 36, 54, 6),
                ellipse("leaf", 56, 4, 88, 20),
                ellipse("light", 14, 40, 28, 58),
            ),
            ("red", "green", "yellow"),
            small=True,
        )
    },
    "banana": {
        "": Pictogram(
            (
                polygon("body", 4, 14, 14, 8, 30, 44, 58, 64, 94, 66, 100, 78, 66, 90, 30, 78, 10, 48),
                line("shade", 4, 13, 22, 26, 54, 56, 74, 88, 74),
                polygon("dark", 2, 14, 4, 2, 14, 0, 16, 10),
                polygon("dark", 94, 66, 104, 68, 104, 78, 98, 80),
            ),
            ("yellow", "green", "brown"),
            small=True,
        )
    },
    "flower": {
        "": Pictogram(
            (
                line("leaf", 6, 50, 50, 50, 104),
                ellipse("leaf", 52, 76, 84, 90),
                *(ellipse("body", x, y, x + 30, y + 30) for x, y in ((35, 0), (60, 18), (50, 46), (20, 46), (10, 18))),
                ellipse("gold", 36, 26, 64, 54),
            ),
            ("red", "yellow", "purple", "blue", "white"),
            small=True,
        )
    },
    "cup": {
        "": Pictogram(
            (
                ring("body", 8, 62, 34, 98, 72),
                polygon("body", 10, 24, 78, 24, 70, 92, 18, 92),
                ellipse("light", 10, 16, 78, 34),
                ellipse("wood", 18, 20, 70, 31),
                *(line("shade", 4, x, 10, x + 5, 2, x, -6) for x in (34, 50)),
            ),
            BOLD,
            small=True,
        )
    },
    "bottle": {
        "": Pictogram(
            (
                box("wood", 40, -4, 60, 8),
                polygon("body", 42, 6, 58, 6, 58, 30, 74, 46, 74, 108, 26, 108, 26, 46, 42, 30),
                box("light", 27, 60, 73, 88),
                line("light", 4, 34, 50, 44, 38),
            ),
            ("green", "brown", "blue", "red"),
            small=True,
        )
    },
    "book": {
        "": Pictogram(
            (
                polygon("body", 0, 16, 50, 24, 50, 88, 0, 78),
                polygon("body", 100, 16, 50, 24, 50, 88, 100, 78),
                polygon("light", 6, 12, 50, 22, 50, 80, 6, 70),
                polygon("light", 94, 12, 50, 22, 50, 80, 94, 70),
                *(line("dark", 2, 14, y, 42, y + 6) for y in (26, 38, 50)),
                *(line("dark", 2, 86, y, 58, y + 6) for y in (26, 38, 50)),
            ),
            BOLD,
            small=True,
        )
    },
}
"""Kind → what it does ("": nothing much) → what that looks like."""
