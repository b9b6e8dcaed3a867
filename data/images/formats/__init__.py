"""One file a container format: what its header says, whether it is whole, what of it may leave the house.

These readers are fed by strangers. Each raises only `PictureRefused` errors, reads in bounded pieces, and
bounds the number of pieces it will look at.
"""
