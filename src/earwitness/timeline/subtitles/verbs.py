"""The verbs of captions, and their present participles: what sounds do, and what people do that can be heard."""

from __future__ import annotations

import re

# Words that name a thing as often as what it does (bells, drums, waves, strings) are left out: as verbs they
# are rare in captions, and as nouns they would be taken for the end of a subject.
VERBS = frozenset(
    """
accelerate accompany add advertise amplify announce answer appear applaud approach argue arrive ask autofocus
babble bang bark bash beat beatbox beg begin bellow belch bend bite blare blast bleat bleep blend blow boil boing boom
bounce brake break breathe brush bubble build bump burble burn burp burst buzz call carry cast catch caterwaul caw
change chant chat chatter cheer chew chime chirp chirr chomp chop chortle chuckle chuff chug churn clack clamor clang
clank clap clash clatter clear click climb clink clip-clop clomp clop close cluck clunk coast collapse collide
come comment compete complain continue converse coo cook cough count crack crackle crank crash creak crinkle croak
croon cross crow crumple crunch crush cry cut cycle dance demonstrate describe dial dictate die dig ding dip discuss do
drag drain draw dribble drift drill drip drive drone drop dry eat echo emit end enter erupt escape exclaim exhale explain
explode express fade fall fart feed file fill finish fire fizz fizzle flap flip float flow flush flutter fly follow form
fry fuse gallop gargle gasp get giggle give glide glug gnaw go gobble graze grind groan growl grow grumble grunt gulp
gurgle gush guide hammer hang have hear hiccup hiccough hiss hit hold holler honk hoot howl hover hum hurry hush idle
imitate improvise increase inhale interrupt intone itch jabber jackhammer jangle jingle join jump keep kick knock lap
lash laugh lead leak let lift linger listen load loop lower make manoeuvre march meow mew moan modulate moo move
muffle mumble munch murmur mutter narrate neigh nibble occur oink open operate paddle pant pass patter pause peal peck
peep peel pelt perform pick ping pipe pitch plane play plop pluck pop pound pour practice practise pray preach press
proceed pronounce propel provide puff pull pulse pump purr push put putter quack quicken quiet quiver race rage rain rap
rasp rattle reach read recede recite recoil record refill remark repeat reply resonate resound respond rest
return rev reverberate reverse revolve rewind ricochet ride riff rifle ring rip ripple rise roar rocket roll rotate
row rub ruffle rumble rummage run rush rustle sail sand saw say scamper scatter scrape scratch scream screech
screw scrub scuff scurry seem sew shake sharpen shatter shift shimmer shoot shout show shriek shrill shuffle shut shudder
sigh signal sing sip sit sizzle skid skip skitter slam slap slice slide slosh slow slurp smack smash snap snarl
sneeze snicker sniff sniffle snip snore snort snuffle soar sob sound spark speak speed spill spin spit splash splatter
splinter split spray spread spurt sputter squawk squeak squeal squeeze squelch squirt squish stamp stand
start stay step stir stomp stop stroke strike strum stutter suck surge swallow swat sway swear sweep swell swerve
swing swirl swish switch swoosh take talk tap tear tell test thank think thrash throb throw thrum thud thump thunder tick
tighten tinkle titter toll toot topple toss touch tow trail trample tread tremble trickle trill trot try tug tumble
turn tweet twist twitter twang type ululate unfold unlock unwrap unzip use utter vibrate vocalize wail
wait walk warble warm wash weep wheeze whicker whimper whinny whine whip whir whirl whirr whiz whizz
whisper whistle whoop whoosh wind wobble woof work wrap write yap yawn yell yelp yip yodel yowl zap zip zoom rub
crest pace hop jog jam shave buff polish scour dub slither tiptoe shovel rake mow
cheep squabble hubbub converge squall buckle swim dive knead stack sort set place lay print bog pat trade beep tape land rock round tick-tock
pump raise thwack whack slash twiddle sift sprinkle rinse spritz trim weld whittle cackle guffaw snigger coax lull
chase charge crawl creep hurtle plod prowl bray bawl hee-haw ribbit warn greet introduce instruct lecture sermonize
""".split()
)
# Those that are things as often, and count as verbs only where the subject's number demands it.
SPEECH = frozenset(
    """
answer ask chat comment converse describe dictate discuss explain instruct introduce lecture narrate read remark
reply respond say speak talk tell interview thank think pronounce demonstrate utter recite
""".split()
)

_DOUBLED = frozenset(["begin", "unwrap", "unzip", "unplug", "control", "propel"])
_IRREGULAR = {"clip-clop": "clip-clopping", "have": "having", "tiptoe": "tiptoeing", "hee-haw": "hee-hawing", "ribbit": "ribbiting"}
_SINGLE = re.compile(r"(?:[^aeiou]|qu)*[aeiouy][bdfgklmnprtvz]")


def participle(base: str) -> str:
    """The present participle of a verb.

    >>> [participle(v) for v in ("bark", "chop", "race", "die", "whir", "squeal", "see", "open", "begin")]
    ['barking', 'chopping', 'racing', 'dying', 'whirring', 'squealing', 'seeing', 'opening', 'beginning']
    """
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    # one short vowel and one consonant after it: the consonant is doubled
    if base in _DOUBLED or _SINGLE.fullmatch(base):
        return base + base[-1] + "ing"
    return base + "ing"


def third_person(base: str) -> str:
    """The form that follows "it": barks, crashes, cries.

    >>> [third_person(v) for v in ("bark", "crash", "cry", "play", "go", "have")]
    ['barks', 'crashes', 'cries', 'plays', 'goes', 'has']
    """
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    if base in ("whiz", "quiz"):
        return base + "zes"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) and not base.endswith("oo") else "s")


SINGULAR = {third_person(base): base for base in VERBS}
"""Form after one: its verb."""
