"""multipart/form-data, in pieces small enough to show progress and to stop between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

PIECE = 256 * 1024


@dataclass(frozen=True)
class Form:
    boundary: str
    parts: tuple[bytes, ...]

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def length(self) -> int:
        return sum(len(part) for part in self.parts)

    def pieces(self) -> Iterator[bytes]:
        for part in self.parts:
            view = memoryview(part)
            for start in range(0, len(part), PIECE):
                yield bytes(view[start : start + PIECE])


def build_form(fields: Mapping[str, str], files: Iterable[tuple[str, bytes]], boundary: str) -> Form:
    """*files* are (name, PNG); names are ours, so they need no escaping. *boundary* must be random."""
    parts: list[bytes] = []
    for name, value in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(head.encode() + value.encode("utf-8", "replace") + b"\r\n")
    for name, content in files:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
            "Content-Type: image/png\r\n\r\n"
        )
        parts += [head.encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return Form(boundary, tuple(parts))
