"""What a file holds by its own structure, read before any decoder is: where sounds begin and end in it.

A decoder that says "no more frames" has not said that the file is at its end. These modules have walked
through it: through the frames of an mp3, the pages of an Ogg, the chunks of a wav; no sample is decoded.
"""
