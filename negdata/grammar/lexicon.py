"""The words that English grammar turns on: closed classes, and the verbs and adjectives of captions.

What is in no list here is taken for a noun: in captions that is right nearly always.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words(
    "a an the this that these those his her their its my our your each every some any no another both all several many "
    "few various numerous multiple most much more either neither such half what which whose lots"
)
NUMBERS = _words(
    "one two three four five six seven eight nine ten eleven twelve dozen dozens hundred hundreds thousand twenty "
    "thirty"
)
PRONOUNS = _words(
    "he she it they him them himself herself itself themselves i we you us me someone somebody something everyone "
    "everything anything anyone others one's theirs who's"
)
PREPOSITIONS = _words(
    "in on at of with near by from to into onto over under behind beside besides between among amongst amidst amid "
    "above below beneath underneath inside outside through throughout across along alongside around round against "
    "atop upon toward towards for about after before during off up down out past like within via per beyond without "
    "aboard next unto than amoung infront ontop opposite til until till astride outta w/"
)
CONJUNCTIONS = frozenset({"and", "or", "but", "&", "nor", "plus"})
SUBORDINATORS = _words("while as when where because if whilst whereas although though so")
RELATIVES = _words("that which who whom whose")
BE = _words("is are was were am isn't aren't wasn't weren't")
AUXILIARIES = BE | _words(
    "has have had do does did can could will would may might must should cannot can't don't doesn't didn't won't it's "
    "there's he's she's that's they're hasn't haven't"
)
NEGATIONS = _words(
    "no not without nobody nothing none never neither nor lacking devoid absent isn't aren't don't doesn't"
)
ADVERBS = _words(
    "very just only too also not never together outdoors indoors nearby away back there here still already quite "
    "almost sideways upward upwards downhill uphill forward backwards ahead apart alone overhead mid-air midair today "
    "yet even really else how sometimes often ever once again aside ashore downstairs upstairs somewhere everywhere "
    "upside underwater mostly partially fully well rather home downtown aloft inwards onward"
)
# Adjectives in -ly are no adverbs.
LY_NOT_ADVERBS = _words(
    "family fly belly ugly hilly curly wooly woolly lovely friendly elderly jelly lily early silly holy butterfly "
    "bully lonely lively likely curly bubbly cuddly wobbly fly assembly july italy sly only daily supply grizzly"
)
COLOURS = _words(
    "black white red green blue yellow orange pink purple brown grey gray silver gold golden tan beige teal turquoise "
    "maroon navy violet multicolored multi-colored colorful colored lime cream crimson lavender olive"
)
# These can stand after their noun ("a man asleep on a bench", "a bowl full of fruit").
AFTER_NOUN = _words(
    "asleep full open ready alone close adjacent available visible alike airborne awake alive afraid unable able such "
    "empty similar alongside parallel busy intent free worth mid high deep low wide nude naked barefoot shirtless "
    "overlooking atop complete devoid hard clear inches feet ajar bare plain present amid perpendicular eager happy "
    "tall long away topless hanging"
)
ADJECTIVES = (
    COLOURS
    | AFTER_NOUN
    | _words(
        "large small big little old young tall long short wide narrow tiny huge giant massive enormous great good bad "
        "nice pretty beautiful cute adorable lovely new modern vintage antique classic ancient dirty clean messy neat "
        "tidy wooden metal plastic brick stone concrete glass stainless steel ceramic leather wet dry hot cold warm "
        "cool fresh raw ripe rotten delicious tasty yummy healthy sweet spicy sunny cloudy rainy snowy foggy stormy "
        "dark bright light clear blurry grassy sandy rocky dusty muddy leafy shady lush rural urban suburban "
        "residential commercial public private local foreign famous popular strange odd weird unusual funny silly "
        "happy sad angry serious tired sleepy male female adult elderly human wild tame domestic electric electronic "
        "digital mobile portable mechanical indoor outdoor double single triple multiple twin different various "
        "similar same other many several few whole entire half full empty open closed shallow deep steep flat round "
        "square rectangular oval circular straight curved fancy ornate elegant plain simple decorative unique "
        "interesting colorful striped spotted checkered plaid floral furry fluffy fuzzy hairy bald shaggy soft hard "
        "smooth rough sharp thick thin heavy fat skinny slim chubby shiny reflective transparent professional amateur "
        "military royal chinese japanese american asian african british english french german indian italian mexican "
        "thai european greek spanish irish korean vietnamese russian canadian roman oriental polar first second third "
        "last next final main front rear top bottom left right upper lower middle central far near close distant busy "
        "quiet crowded cluttered cramped unmade bare high low main fake real live dead cozy spacious nearby own "
        "overhead oncoming incoming upright vertical horizontal antique rustic rusty lone solitary extra "
        "black-and-white well-lit snow-covered red-headed unfinished uncooked cooked half-eaten homemade handmade "
        "smart exotic tropical scenic historic historical gothic victorian medieval stormy calm rough choppy foamy "
        "misty hazy windy festive formal casual matching assorted mixed seasoned slick stylish trendy wicker granite "
        "marble tile teddy bearded aged blonde blond brunette redheaded pregnant overweight disabled homeless drunk "
        "barefooted stray certain additional dim dimly"
    )
)
# Nouns in -ing and -ed, and verb-like words that are nouns in captions.
ING_NOUNS = _words(
    "building painting ceiling railing clothing wedding evening morning meeting crossing landing ring king string "
    "thing something everything nothing anything wing spring frosting icing lighting topping stuffing pudding "
    "dressing drawing carving awning covering outing gathering filling bedding siding flooring fencing bowling "
    "clearing opening sling swing earring wiring rigging offering setting serving shelving plumbing netting sting "
    "duckling dumpling sibling being inning parking dining living seating skiing boarding shopping swimming"
)
# "parking lot", "dining room": an -ing word before these is part of the noun.
ING_COMPOUND_HEADS = _words(
    "lot lots meter meters garage space spaces room rooms area areas table tables pool pools board boards sign signs "
    "ticket board sheet pan pans bag bags machine machines station stations track court lane path trail trails suit "
    "suits slope slopes resort gear equipment boat boats pot pots mitt mitts deck light lights chair chairs rack "
    "structure center mall cart carts bear bears stand case dish bowl zone spot stall stalls strip supplies utensils "
    "shop tray lift competition lesson school event range oven rod pole poles cage cream iron hat house bridge ball "
    "shoes trip dog dogs hall"
)
NOT_ED_VERBS = _words(
    "bed red shed sled seed weed breed need feed speed bleed moped biped naked wicked sacred rugged kid sacred"
)
NOUNS_LIKE_VERBS = _words(
    "match park train stop board bus sign plate watch court field room water fire light lights park display show bat "
    "ball ski skis surfboard skateboard snowboard brush cook cooks face faces bear bears plant plants table tables "
    "dish dishes bench park phone box boxes flower flowers horse horses dog back top side front line lines mouse "
    "counter can cans fly flies duck ducks bridge cross bike bikes block blocks cup cups fish slice slices piece "
    "pieces group groups crowd crowds bunch cake pair row rows street walk walks trick tricks game games hit ride "
    "rides run runs jump jumps wave waves set sets cut cuts drink drinks cover covers dress dresses flag flags "
    "picture pictures photo photos view views land bite bites fence pole frame kite kites shop stands stand"
)

# Plain nouns that open captions without an article; any other capitalised one may be a name.
COMMON_OPENERS = _words(
    "people cars men women children kids person man woman boy girl cat dog cats dogs horse horses zebra zebras "
    "giraffe giraffes elephant elephants sheep cow cows bear bears bird birds cattle boats boat bananas fruit food "
    "train trains bus buses traffic toilet bathroom kitchen bedroom view picture photo pizza sandwich cake flowers "
    "umbrellas surfers skiers players skateboarder snowboarder skier surfer player tennis baseball airplane airplanes "
    "plane planes kites motorcycle motorcycles lots group couple child street clock snow guy lady vegetables animals"
)

_REGULAR = _words(
    "mingle congregate converse socialize frolic munch bike cycle bicycle surround pound chat "
    "mingle congregate converse socialize frolic wade munch ski bicycle bike cycle walk look play park rest reach "
    "wait watch jump surf perform talk turn pass pull push carry cook open close "
    "display show paint attempt kick touch toss chase learn return rush roll cross climb travel sail hover land "
    "lick sniff smell chew nap roam wander march lean peer stare gaze glance smile laugh pose point wave cheer "
    "kneel crouch squat stretch relax enjoy prepare serve pour stir bake fry grill slice chop mix brush comb wash "
    "clean wipe dry iron fold pack unpack load unload stack pile line arrange place decorate fill cover top "
    "surround contain include feature hold consist appear seem belong live like love hate want need try start stop "
    "begin finish continue use operate repair fix check inspect examine observe view photograph film record pet "
    "groom milk shear herd race compete skate skateboard snowboard parasail paddle row dock anchor float drift "
    "splash wade bathe soak dip gather crowd pick share help assist lift raise lower drop move approach follow exit "
    "enter arrive depart board wear dress overlook face connect attach mount lock chain tie wrap package mark label "
    "advertise indicate direct guide block protect guard attack bark graze drink nibble taste sample blow celebrate "
    "practice train wrestle box hug kiss embrace shake tap press type work study print call text chat discuss "
    "interview greet lounge sprawl curl perch nestle huddle stroll hike jog trot gallop dance juggle balance bounce "
    "flip grind spin twirl swoop soar dive skim coast glide cruise navigate maneuver steer trail tow haul drag "
    "pedal shop sell order purchase deliver unwrap peel crack scoop dish sprinkle garnish glaze frost season steam "
    "boil roast toast smoke light illuminate shine glow reflect cast peek poke stick hang sit crash burn melt lay "
    "step swim bite sip eat sleep snuggle cuddle rub scratch yawn snow rain plow shovel rake mow water plant crawl "
    "loom tower extend protrude jut intersect border adorn divide separate match resemble pitch bat catch field "
    "throw swing bunt dribble dunk volley putt receive tackle score dangle tangle splatter scatter litter spill "
    "drip leak flood rust wither bloom grow support tend attend ready prop spray bend preform seat situate position "
    "locate station strap fasten screw cool heat warm house head rummage interact engage stage store gesture mill "
    "collapse demonstrate present offer listen sing exercise vandalize graffiti depict compose end await transport "
    "transfer construct remodel install damage swarm enclose"
)
_IRREGULAR = [
    "sit:sits:sat:sat:sitting",
    "stand:stands:stood:stood:standing",
    "hold:holds:held:held:holding",
    "ride:rides:rode:ridden:riding",
    "fly:flies:flew:flown:flying",
    "wear:wears:wore:worn:wearing",
    "lay:lays:laid:laid:laying",
    "lie:lies:lay:lain:lying",
    "eat:eats:ate:eaten:eating",
    "take:takes:took:taken:taking",
    "do:does:did:done:doing",
    "drive:drives:drove:driven:driving",
    "go:goes:went:gone:going",
    "get:gets:got:gotten:getting",
    "hang:hangs:hung:hung:hanging",
    "run:runs:ran:run:running",
    "swing:swings:swung:swung:swinging",
    "cut:cuts:cut:cut:cutting",
    "come:comes:came:come:coming",
    "make:makes:made:made:making",
    "sleep:sleeps:slept:slept:sleeping",
    "drink:drinks:drank:drunk:drinking",
    "throw:throws:threw:thrown:throwing",
    "hit:hits:hit:hit:hitting",
    "read:reads:read:read:reading",
    "catch:catches:caught:caught:catching",
    "feed:feeds:fed:fed:feeding",
    "stick:sticks:stuck:stuck:sticking",
    "write:writes:wrote:written:writing",
    "bend:bends:bent:bent:bending",
    "put:puts:put:put:putting",
    "grow:grows:grew:grown:growing",
    "sell:sells:sold:sold:selling",
    "give:gives:gave:given:giving",
    "fall:falls:fell:fallen:falling",
    "shake:shakes:shook:shaken:shaking",
    "lead:leads:led:led:leading",
    "leave:leaves:left:left:leaving",
    "fight:fights:fought:fought:fighting",
    "bite:bites:bit:bitten:biting",
    "hide:hides:hid:hidden:hiding",
    "say:says:said:said:saying",
    "speak:speaks:spoke:spoken:speaking",
    "draw:draws:drew:drawn:drawing",
    "break:breaks:broke:broken:breaking",
    "build:builds:built:built:building",
    "rise:rises:rose:risen:rising",
    "swim:swims:swam:swum:swimming",
    "see:sees:saw:seen:seeing",
    "keep:keeps:kept:kept:keeping",
    "have:has:had:had:having",
    "spread:spreads:spread:spread:spreading",
    "set:sets:set:set:setting",
    "shine:shines:shone:shone:shining",
    "slide:slides:slid:slid:sliding",
    "blow:blows:blew:blown:blowing",
    "bring:brings:brought:brought:bringing",
    "buy:buys:bought:bought:buying",
    "meet:meets:met:met:meeting",
    "think:thinks:thought:thought:thinking",
    "lean:leans:leaned:leant:leaning",
    "kneel:kneels:knelt:knelt:kneeling",
    "leap:leaps:leapt:leapt:leaping",
    "dig:digs:dug:dug:digging",
    "ski:skis:skied:skied:skiing",
    "let:lets:let:let:letting",
    "begin:begins:began:begun:beginning",
    "become:becomes:became:become:becoming",
    "spin:spins:spun:spun:spinning",
    "light:lights:lit:lit:lighting",
    "show:shows:showed:shown:showing",
    "tie:ties:tied:tied:tying",
    "die:dies:died:died:dying",
    "ring:rings:rang:rung:ringing",
    "sing:sings:sang:sung:singing",
    "wind:winds:wound:wound:winding",
    "sew:sews:sewed:sewn:sewing",
    "tear:tears:tore:torn:tearing",
    "weave:weaves:wove:woven:weaving",
    "shoot:shoots:shot:shot:shooting",
    "steal:steals:stole:stolen:stealing",
    "teach:teaches:taught:taught:teaching",
    "tell:tells:told:told:telling",
    "win:wins:won:won:winning",
    "split:splits:split:split:splitting",
    "find:finds:found:found:finding",
    "lose:loses:lost:lost:losing",
    "know:knows:knew:known:knowing",
    "freeze:freezes:froze:frozen:freezing",
    "dive:dives:dove:dived:diving",
    "hurt:hurts:hurt:hurt:hurting",
    "shear:shears:sheared:shorn:shearing",
]
# Nouns in captions far more often than verbs: only their -ing and -ed forms are taken for verbs.
NOUN_FIRST = _words(
    "park train board box bat field water plant line face head house stage store season season text dish chain block "
    "score picture label film border land milk iron light station trail pet race paddle row comb frost smoke ring "
    "wind ski tower stack pile box ball skateboard snowboard end tear shot record"
)


def regular_forms(verb: str) -> tuple[str, str, str]:
    """The third person, the past and the -ing form of a regular verb."""
    if verb.endswith("e"):
        return verb + "s", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s")
    doubled = verb + verb[-1] if verb in _DOUBLING else verb
    return third, doubled + "ed", doubled + "ing"


def irregular_forms() -> list[tuple[str, str, str]]:
    """Base, third person and past tense of every irregular verb."""
    return [(base, third, past) for base, third, past, *_ in (entry.split(":") for entry in _IRREGULAR)]


_DOUBLING = _words(
    "jog stop chop mix pet tap pat hug stir grin sip dip nap wrap strap trot skim flip spin skid bat drip drop grab "
    "swim snap clap rub plow step shop prop top ship hop slip chat bunt trim strip plan drag beg scrub swap"
) - {"mix", "plow", "bunt"}

BASE: set[str] = set()  # sit, ride
THIRD: set[str] = set()  # sits, rides
PAST: set[str] = set()  # sat, rode: finite and nothing else
PARTICIPLE: set[str] = set()  # parked, ridden: a participle, or a past tense of the same form
ING: set[str] = set()  # sitting

for _entry in sorted(_IRREGULAR):
    _base, _third, _past, _participle, _ing = _entry.split(":")
    BASE.add(_base)
    THIRD.add(_third)
    ING.add(_ing)
    PARTICIPLE.add(_participle)
    if _past != _participle:
        PAST.add(_past)
PAST |= {"sat", "stood"}
PAST -= {"saw", "lay"}
PARTICIPLE -= {"run", "come", "become"}
_IRREGULAR_BASES = frozenset(BASE)
for _verb in sorted(_REGULAR):
    if _verb not in _IRREGULAR_BASES:
        _third, _past, _ing = regular_forms(_verb)
        BASE.add(_verb)
        THIRD.add(_third)
        PARTICIPLE.add(_past)
        ING.add(_ing)
