"""Generation metadata of a file: found, cleaned of secrets, understood."""

from dataclasses import replace
from typing import BinaryIO

from core.posts.pictures import GenerationMetadata
from core.posts.scrub import Scrubber, own_keys_in
from data.images.formats.header import Header
from data.images.generation import interpret
from data.images.texts import read_texts


def read_metadata(file: BinaryIO, header: Header) -> GenerationMetadata | None:
    """None when the file carries no text at all. Never raises for what the file holds."""
    texts = read_texts(file, header)
    if not texts:
        return None
    scrubber = Scrubber()
    metadata = interpret(scrubber.scrub(texts))
    return replace(metadata, secrets_removed=scrubber.removed, own_keys=own_keys_in(texts))
