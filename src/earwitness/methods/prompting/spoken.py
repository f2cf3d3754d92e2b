"""Names of AudioSet as they are said to a language model: with what makes the sound, where the name lacks it.

"Crowing" and "Caw" are plain to whoever knows what crows; a small language model goes on "a person clucks".
An animal's call is said with the animal, water's sounds with water, and what is spelled as it sounds by its
usual name.
"""

from __future__ import annotations

SPOKEN = {
    # calls
    "Bark": "dog bark",
    "Bow-wow": "dog bark",
    "Yip": "dog bark",
    "Growling": "dog growl",
    "Whimper (dog)": "dog whimper",
    "Meow": "cat meow",
    "Purr": "cat purr",
    "Caterwaul": "cat yowl",
    "Clip-clop": "horse hooves",
    "Neigh": "horse neigh",
    "Moo": "cow moo",
    "Oink": "pig oink",
    "Cluck": "chicken cluck",
    "Crowing": "rooster crow",
    "Gobble": "turkey gobble",
    "Quack": "duck quack",
    "Honk": "goose honk",
    "Chirp": "bird chirp",
    "Squawk": "bird squawk",
    "Coo": "pigeon coo",
    "Caw": "crow caw",
    "Hoot": "owl hoot",
    "Croak": "frog croak",
    # water
    "Gush": "water gush",
    "Trickle": "water trickle",
    "Gurgling": "water gurgle",
    "Slosh": "water slosh",
    "Splash": "water splash",
    "Drip": "water drip",
    # as it sounds
    "Tick": "clock tick",
    "Tick-tock": "clock tick",
    "Ding": "bell ding",
    "Ding-dong": "doorbell",
    "Clickety-clack": "train on rails",
    "Crackle": "fire crackle",
}


def spoken(name: str) -> str:
    """A name as it is said in a prompt.

    >>> spoken("Crowing"), spoken("Rain")
    ('rooster crow', 'Rain')
    """
    return SPOKEN.get(name, name)
