"""What goes with what: which absences can be told of a noun rather than of the whole scene.

"A woman not wearing a hat", "a kitchen with no microwave", "a pizza without mushrooms". An object without a row here
is simply not in sight, which is always right.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(name.replace("_", " ") for name in text.split())


# What people write where the vocabulary's name isn't it ("orange fruit"): singular, plural.
SPOKEN: dict[str, tuple[str, str]] = {
    "orange fruit": ("orange", "oranges"),
    "ring of gold": ("wedding ring", "wedding rings"),
    "mouse animal": ("rat", "rats"),
    "chicken meat": ("fried chicken", "fried chicken"),
    "eyeglasses": ("glasses", "glasses"),
    "dog collar": ("collar", "collars"),
    "book reader": ("e-reader", "e-readers"),
    "can of soda": ("soda can", "soda cans"),
    "pitcher of water": ("jug", "jugs"),
    "golf ball tee": ("golf ball tee", "golf ball tees"),
    "kitchen towel rack": ("towel rack", "towel racks"),
    "bird feather": ("feather", "feathers"),
    "window blind": ("blind", "blinds"),
    "skis": ("skis", "skis"),
    "beer glass": ("beer glass", "beer glasses"),
    "christmas tree": ("Christmas tree", "Christmas trees"),
    "santa hat": ("Santa hat", "Santa hats"),
    "dvd player": ("DVD player", "DVD players"),
    "cd": ("CD", "CDs"),
}
PLURAL_PREFERRED = _names(
    "person car tree palm_tree cloud building window flower rose bird boat passenger spectator shoe boot sock sandal "
    "curtain mushroom olive tomato onion pepper carrot strawberry blueberry raspberry cherry potato candle "
    "potato_chip cookie napkin sheep cow vegetable fruit wave bush animal surfer skier swimmer customer glove earring "
    "apple banana lemon lime pear peach doughnut "
    "croissant pea bean nut egg pickle seashell seagull pigeon duck goose bird_feather sign rock star cabinet "
    "ski_poles window_blind orange_fruit worker pancake ice_skate roller_skate house mountain hill flag balloon "
    "ski_pole knee_pad"
)

HOLDABLE = _names(
    "umbrella purse bag briefcase suitcase cell_phone telephone camera book newspaper magazine cup mug bottle "
    "water_bottle surfboard tennis_racket frisbee kite skateboard snowboard ski_poles skis baseball_bat balloon flag "
    "microphone guitar oar fishing_rod tablet cigarette basket tray laptop remote game_controller wii_remote "
    "toothbrush knife fork spoon wine_glass drinking_glass teddy_bear shopping_bag wallet map cane broom flashlight "
    "hairbrush hair_dryer luggage beer notebook tennis_ball soccer_ball baseball golf_club shovel backpack lunch_box "
    "paper_cup beer_bottle tote_bag scissors"
)

_TOPPINGS = "mushroom olive cheese pepper onion tomato sausage ham basil bacon pineapple spinach sauce broccoli"
_FILLINGS = (
    "cheese lettuce tomato bacon mustard ketchup onion pickle ham avocado egg cucumber meat chicken_meat sauce bun"
)
_CUTLERY = "fork knife spoon napkin chopsticks"
_TABLEWARE = (
    "tablecloth vase flower candle plate cup mug drinking_glass wine_glass bottle wine_bottle bowl napkin fork knife "
    "spoon laptop lamp book tray placemat teapot salt_shaker basket menu"
)
_SIDES = (
    "rice bread french_fries sauce egg potato salad fruit vegetable meat broccoli carrot lemon bacon sausage "
    "potato_chip pickle cheese ketchup tomato lettuce cucumber onion bean corn strawberry butter"
)
_CREW = "driver passenger"

PARTS: dict[str, frozenset[str]] = {
    "motorcycle": _names("rider passenger license_plate biker"),
    "scooter": _names("rider"),
    "bicycle": _names("rider basket"),
    "horse": _names("rider jockey cowboy"),
    "elephant": _names("rider"),
    "camel": _names("rider"),
    "car": _names(_CREW + " license_plate"),
    "bus": _names(_CREW),
    "truck": _names("driver trailer"),
    "van": _names(_CREW),
    "train": _names("passenger conductor"),
    "carriage": _names("passenger driver horse"),
    "boat": _names("sail passenger flag oar"),
    "airplane": _names("propeller"),
    "pizza": _names(_TOPPINGS),
    "sandwich": _names(_FILLINGS),
    "hamburger": _names(_FILLINGS),
    "hot dog": _names(_FILLINGS),
    "salad": _names("tomato cheese onion cucumber carrot chicken_meat egg olive avocado lettuce"),
    "cake": _names("candle frosting strawberry cherry sprinkles chocolate flower whipped_cream fruit"),
    "cupcake": _names("candle frosting sprinkles"),
    "doughnut": _names("sprinkles frosting"),
    "pasta": _names("cheese sauce tomato meat"),
    "coffee": _names("sugar milk"),
    "plate": _names(f"{_CUTLERY} {_SIDES}"),
    "bowl": _names(f"spoon fork chopsticks {_SIDES}"),
    "tray": _names(f"{_CUTLERY} {_SIDES} drink"),
    "desk": _names(
        "laptop lamp computer computer_keyboard computer_mouse computer_monitor printer book telephone cell_phone "
        "speaker pen notebook mug mouse_pad headphones desk_lamp"
    ),
    "table": _names(_TABLEWARE),
    "counter": _names(
        "microwave toaster blender coffee_maker cutting_board knife kettle bowl plate bottle paper_towel toaster_oven "
        "mug jar"
    ),
    "bookshelf": _names("book vase clock potted_plant"),
    "shelf": _names("book vase clock potted_plant toy bottle picture_frame radio"),
    "bed": _names("pillow blanket headboard teddy_bear"),
    "couch": _names("pillow blanket"),
    "chair": _names("pillow blanket"),
    "bench": _names("pillow"),
    "vase": _names("flower rose"),
    "wall": _names("clock picture_frame mirror painting poster graffiti"),
    "toilet": _names("toilet_seat toilet_paper"),
    "sink": _names("mirror soap_dispenser towel soap"),
    "bathtub": _names("shower_curtain shower"),
    "shower": _names("shower_curtain shower_head"),
    "building": _names("balcony clock chimney awning flag"),
    "house": _names("chimney porch garage balcony"),
    "tower": _names("clock flag"),
    "window": _names("curtain window_blind"),
    "suit": _names("tie"),
    "laptop": _names("computer_mouse mouse_pad"),
    "computer": _names("computer_mouse computer_keyboard speaker printer"),
}

_ROOM = (
    "chair couch bed lamp chandelier ceiling_fan rug curtain television mirror clock painting potted_plant "
    "air_conditioner bookshelf window desk window_blind person"
)
_STREET = (
    "car bus truck taxi motorcycle bicycle van tram police_car traffic_light crosswalk street_sign stop_sign "
    "street_light parking_meter person bench tree trash_can traffic_cone cyclist scooter ambulance fire_truck "
    "carriage"
)
_GRASS = "animal tree barn hay_bale tractor flower person fence gate"
_WATER = "boat swimmer surfer duck swan goose dock sailboat ship ferry jet_ski island dolphin seagull person"
PLACES: dict[str, frozenset[str]] = {
    "kitchen": _names(
        "appliance kitchen_island dish_rack spice_rack trash_can chair stool dining_table window rug clock curtain "
        "potted_plant stove oven microwave refrigerator sink kettle"
    ),
    "bathroom": _names(
        "toilet bathtub shower shower_curtain mirror bidet towel bath_mat medicine_cabinet toilet_paper trash_can "
        "window sink soap_dispenser hand_dryer kitchen_towel_rack scale curtain rug"
    ),
    "bedroom": _names(_ROOM + " nightstand dresser wardrobe pillow"),
    "hotel room": _names(_ROOM + " nightstand dresser"),
    "living room": _names(_ROOM + " coffee_table fireplace piano"),
    "dining room": _names(_ROOM + " dining_table fireplace"),
    "office": _names(_ROOM + " computer printer telephone whiteboard filing_cabinet computer_monitor laptop"),
    "room": _names(_ROOM + " fireplace piano"),
    "restaurant": _names("customer waiter person"),
    "street": _names(_STREET),
    "road": _names(_STREET),
    "highway": _names("car bus truck motorcycle van traffic_cone"),
    "alley": _names("car person trash_can dumpster bicycle"),
    "intersection": _names(_STREET),
    "parking lot": _names("car truck bus van motorcycle bicycle shopping_cart person"),
    "driveway": _names("car truck van bicycle motorcycle"),
    "sidewalk": _names("person bench trash_can parking_meter bicycle fire_hydrant tree"),
    "park": _names("bench person dog picnic_table fountain playground statue trash_can tree flower swing child"),
    "field": _names(_GRASS),
    "pasture": _names(_GRASS),
    "meadow": _names(_GRASS),
    "hillside": _names(_GRASS),
    "hill": _names(_GRASS),
    "yard": _names("tree flower fountain bench swing dog fence grill"),
    "garden": _names("tree flower fountain bench statue"),
    "beach": _names(
        "umbrella beach_umbrella beach_chair palm_tree surfboard person swimmer lifeguard boat dog seagull sandcastle "
        "surfer"
    ),
    "shore": _names("umbrella beach_chair palm_tree person boat seagull"),
    "lake": _names(_WATER),
    "river": _names(_WATER + " bridge"),
    "pond": _names("duck swan goose boat"),
    "ocean": _names(_WATER),
    "sea": _names(_WATER),
    "harbor": _names(_WATER),
    "sky": _names("airplane bird cloud kite helicopter moon sun rainbow balloon hot_air_balloon parachute star"),
    "runway": _names("airplane helicopter truck"),
    "tarmac": _names("airplane helicopter truck"),
    "airport": _names("airplane helicopter"),
    "station": _names("passenger bench train person escalator clock vending_machine"),
    "platform": _names("passenger bench person luggage"),
    "slope": _names("skier snowboarder tree ski_lift person"),
    "mountain": _names("skier snowboarder tree ski_lift"),
    "tennis court": _names("tennis_net umpire bench spectator"),
    "market": _names("customer vendor person"),
    "store": _names("customer cashier person"),
    "forest": _names("person animal"),
}
# Verbs that say no more than where a thing is, or how it moves.
POSTURES = _names(
    "sitting standing laying lying grazing parked walking running resting sleeping flying swimming driving traveling "
    "perched waiting sits stands lies lays sit stand lie lay rests rest playing riding seated placed displayed "
    "stacked moving relaxing strolling going coming"
)
# Kinds of things that one can be near.
SIZABLE = frozenset({"animal", "person", "vehicle", "building", "tree", "furniture"})
# Kinds whose every instance a place may hold; of the others, only the object itself is meant.
CLASSES = frozenset({"animal", "appliance", "boat", "car", "tree", "flower"})
INDOOR_PLACES = _names("kitchen bathroom bedroom living_room dining_room hotel_room office restaurant room store")
# Who can be told of by "with nobody sitting on it": the host, and what people do with it.
OCCUPIED: dict[str, tuple[str, ...]] = {
    "bench": ("sitting on {it}",),
    "chair": ("sitting in {it}",),
    "couch": ("sitting on {it}",),
    "stool": ("sitting on {it}",),
    "bed": ("in {it}", "lying on {it}"),
    "motorcycle": ("riding {it}", "on {it}"),
    "bicycle": ("riding {it}", "on {it}"),
    "scooter": ("riding {it}", "on {it}"),
    "horse": ("riding {it}", "on {it}"),
    "boat": ("in {it}",),
    "canoe": ("in {it}",),
    "kayak": ("in {it}",),
    "car": ("in {it}",),
    "table": ("sitting at {it}",),
    "desk": ("sitting at {it}",),
    "surfboard": ("on {it}",),
    "swing": ("on {it}",),
    "platform": ("on {it}",),
}
# What a thing can lie on: "a table with no plates on it".
SURFACES = _names("table desk counter countertop shelf bed couch sofa bench chair plate tray stove wall")

# Where an absence may be told of a thing or a place without a row of its own for it: the scene that it belongs to, what
# may be missing from it, and what not. (An empty set of kinds admits all.)
HABITATS: dict[str, tuple[str, frozenset[str], frozenset[str]]] = {
    **{
        name: (scene, frozenset({"animal", "vehicle", "person", "furniture"}), frozenset())
        for name, scene in {
            "street": "street",
            "road": "street",
            "intersection": "street",
            "sidewalk": "street",
            "parking lot": "parking lot",
            "park": "park",
            "field": "farm",
            "pasture": "farm",
            "farm": "farm",
            "forest": "forest",
            "beach": "beach",
            "lake": "water",
            "river": "water",
            "ocean": "water",
            "harbor": "harbor",
            "zoo": "zoo",
        }.items()
    },
    **{
        name: (scene, frozenset(), frozenset({"food", "clothing", "person", "animal"}))
        for name, scene in {
            "kitchen": "kitchen",
            "bathroom": "bathroom",
            "bedroom": "bedroom",
            "living room": "living room",
            "dining room": "dining room",
            "office": "office",
        }.items()
    },
    "table": ("dining room", frozenset(), frozenset({"furniture", "person", "appliance", "animal"})),
    "desk": ("office", frozenset(), frozenset({"furniture", "person", "clothing", "animal"})),
    "plate": ("kitchen", frozenset({"food"}), frozenset()),
    "bowl": ("kitchen", frozenset({"food"}), frozenset()),
    "tray": ("restaurant", frozenset({"food", "drink"}), frozenset()),
}
# Plurals that are their own singular, and no mass nouns.
ALWAYS_PLURAL = frozenset({"dice", "skis"})
# Who is missed on a bench or in a boat.
OCCUPANTS = _names("person man woman child boy girl baby passenger dog cat")
# Scenes so narrow that of two things which belong there, one can be there "but no" other.
NARROW_SCENES = frozenset({"kitchen", "bathroom", "office", "bedroom", "living room", "dining room", "restaurant"})
# Of two things of one of these kinds, one can be there "but no" other.
SIBLING_KINDS = _names(
    "animal fruit vegetable furniture cutlery appliance vehicle drink dessert dish cup drinking_glass food clothing "
    "computer"
)
PAIRED_PEOPLE = _names("man woman boy girl child baby")
