"""Which objects a person or an animal can wear."""

from __future__ import annotations

from functools import lru_cache

from negdata.vocabulary.matcher import vocabulary

WEARABLE = frozenset(
    name.replace("_", " ")
    for name in (
        "helmet eyeglasses sunglasses goggles mask headphones watch backpack life_jacket crown wig name_tag hat cap "
        "scarf tie glove jacket coat sweater apron belt headband cowboy_hat santa_hat party_hat suit boot shoe sandal "
        "necklace bracelet earring swimsuit robe dress skirt uniform knee_pad baseball_glove shirt ice_skate "
        "roller_skate"
    ).split()
)
"""What a person may well be seen without."""
ANIMAL_WEAR = {
    "dog": frozenset({"leash", "dog collar"}),
    "cat": frozenset({"dog collar", "leash"}),
    "horse": frozenset({"saddle", "bridle"}),
    "elephant": frozenset({"saddle"}),
    "donkey": frozenset({"saddle", "bridle"}),
    "camel": frozenset({"saddle"}),
}
"""What each animal may well be seen without."""
WORN_BY_ANIMALS = frozenset().union(*ANIMAL_WEAR.values())
_DRESS = frozenset({"clothing", "jewelry"})
_KINDS = _DRESS | {"bag"}
_ALSO = frozenset(
    "wedding ring,ribbon,towel,blanket,headset,earphones,skis,snowboard,parachute,"
    "camera,flower,rose,feather,bird feather,microphone,blindfold,bandage,kite,balloon".split(",")
)


@lru_cache(maxsize=1)
def worn_by_people() -> frozenset[str]:
    """The objects that one expects on somebody, and nowhere else."""
    known = vocabulary()
    return frozenset(name for name in known.entries if name in WEARABLE or not _DRESS.isdisjoint(known.ancestors(name)))


@lru_cache(maxsize=4096)
def can_be_worn(name: str) -> bool:
    """Whether an object of the vocabulary, by its canonical name, can be worn, however loosely ("a towel")."""
    return name in WEARABLE | WORN_BY_ANIMALS | _ALSO or not _KINDS.isdisjoint(vocabulary().ancestors(name))
