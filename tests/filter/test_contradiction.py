"""What another caption names as present isn't absent; what only resembles a naming doesn't count."""

from __future__ import annotations

import pytest

from negdata.filter.contradiction import CERTAIN, check_contradiction
from negdata.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("negated", "caption"),
    [
        ("dog", "Two dogs on a sofa."),
        ("dog", "A puppy in a basket."),
        ("dogs", "A puppy in a basket."),
        ("animal", "A puppy in a basket."),
        ("couch", "A SOFA by a window."),
        ("surfboard", "A surfer in the waves."),
        ("bicycle", "Cyclists on a road."),
        ("vehicle", "Cyclists on a road."),
        ("pot", "A stove with a large cooking pot on top"),
        ("dress", "A girl in a floral dress sitting next to a boy"),
        ("sombrero", "A man in two sombreros."),
        ("astrolabe", "An old ASTROLABE."),
        ("cat or dog", "A dog in a basket."),
        ("table", "A cat that is not on the table."),
        ("bench", "There is nobody on the bench."),
        ("person", "A man without a hat."),
    ],
)
def test_found(negated: str, caption: str) -> None:
    finding = check_contradiction(negated, ["A street.", caption])
    assert finding is not None
    assert finding.reason == "contradiction"


@pytest.mark.parametrize(
    ("negated", "caption"),
    [
        ("dog", "An animal in a basket."),
        ("boy", "A child in a basket."),
        ("dog", "A hot dog on a plate."),
        ("car", "A street with no cars."),
        ("car", "A street without any car or truck."),
        ("hat", "A man not wearing a hat."),
        ("dog", "No puppies here."),
        ("helmet", "Cyclists on a road."),
        ("tennis ball", "A tennis player on a court."),
        ("watch", "People watch as a woman watches a game."),
        ("dress", "Children dress up."),
        ("pan", "A plate topped with potatoes pan cakes and other foods."),
        ("cane", "A man can see the sea."),
        ("star", "A man stares at a screen."),
        ("camera", "A zebra is looking into the camera."),
        ("suit", "A doll in a suit case."),
        ("person", "A model kitchen with a pitcher and an mp3 player."),
        ("person", "Children's toys on a floor."),
        ("sombrero", "A hat."),
        ("", "A hat."),
        (" or ", "A hat."),
    ],
)
def test_not_found(negated: str, caption: str) -> None:
    assert check_contradiction(negated, [caption]) is None


def test_every_certain_thing_is_implied_by_something() -> None:
    implied = {thing for entry in vocabulary().entries.values() for thing in entry.implies}
    assert implied >= CERTAIN


def test_a_player_still_tells_of_a_player() -> None:
    assert check_contradiction("player", ["A player swings."]) is not None
