"""What an instance consists of, as a CycloneDX 1.6 document: every locked Python and front-end package with hashes.

    python tools/sbom.py FILE          read off requirements.txt and package-lock.json; needs no network

The same locks give the same document, byte for byte: its serial number is made from its content.
"""

import base64
import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: *; *([^\\\n]+?))? *\\?$", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    text = document(ROOT)
    target.write_text(text, encoding="utf-8")
    print(f"{target}: {len(json.loads(text)['components'])} components")
    return 0


def document(root: Path) -> str:
    """The document as JSON text."""
    python = list(python_packages((root / "requirements.txt").read_text(encoding="utf-8")))
    front_end = list(npm_packages(json.loads((root / "package-lock.json").read_text(encoding="utf-8"))))
    made = Component(
        name="isekai",
        version=_version(root),
        type=ComponentType.APPLICATION,
        bom_ref="isekai",
        description="Review, schedule and publish pictures to DeviantArt, each exactly once",
    )
    bom = Bom(components=[*python, *front_end])
    bom.metadata.component = made
    bom.dependencies.add(Dependency(made.bom_ref, [Dependency(part.bom_ref) for part in bom.components]))
    return _steady(bom)


def python_packages(locked: str) -> Iterator[Component]:
    """A lock holds the hashes of every file of a version, for any machine; a machine installs one of them."""
    for entry in re.split(r"\n(?=\S)", locked):
        if (found := ENTRY.match(entry)) is None:
            continue
        name, version, marker = found.groups()
        # Several hashes of one algorithm belong to several files, so each stands as a property.
        kept = [Property(name="isekai:file:sha256", value=digest) for digest in sorted(HASH.findall(entry))]
        if marker:
            kept.append(Property(name="isekai:installed-where", value=marker))
        url = PackageURL("pypi", name=re.sub(r"[-_.]+", "-", name).lower(), version=version)
        scope = ComponentScope.OPTIONAL if marker else ComponentScope.REQUIRED
        yield Component(
            name=name, version=version, purl=url, bom_ref=str(url), scope=scope, properties=kept,
            type=ComponentType.LIBRARY,
        )  # fmt: skip


def npm_packages(lock: dict[str, dict[str, dict[str, str]]]) -> Iterator[Component]:
    """What pages load; what only tests need is left out."""
    for path, package in lock["packages"].items():
        if not path or package.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        group, _, short = name.rpartition("/")
        url = PackageURL("npm", namespace=group or None, name=short, version=package["version"])
        digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        yield Component(
            name=short, group=group or None, version=package["version"], purl=url, bom_ref=str(url),
            scope=ComponentScope.REQUIRED, type=ComponentType.LIBRARY,
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=digest)],
        )  # fmt: skip


def _steady(bom: Bom) -> str:
    """Without the time of writing, and with a serial number that says what is in it."""
    said = json.loads(JsonV1Dot6(bom).output_as_string())
    said["metadata"].pop("timestamp", None)
    said.pop("serialNumber", None)
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
    said["serialNumber"] = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}"
    return json.dumps(said, indent=2, sort_keys=True) + "\n"


def _version(root: Path) -> str:
    text = (root / "core" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise ValueError("core/__init__.py names no version")
    return found[1]


if __name__ == "__main__":
    sys.exit(main())
