"""A post's details as the fields of submit, publish and edit (fact sheet, sections 5.1, 5.2, 5.4). Pure."""

from collections.abc import Mapping
from typing import Any

from core.posts.description import description_html
from core.posts.fields import DISPLAY_RESOLUTIONS, Details, License
from data.deviantart.transport import Fields

_LICENSES: Mapping[License, tuple[str, str]] = {
    License.CC_BY: ("yes", "yes"),
    License.CC_BY_SA: ("yes", "share"),
    License.CC_BY_ND: ("yes", "no"),
    License.CC_BY_NC: ("no", "yes"),
    License.CC_BY_NC_SA: ("no", "share"),
    License.CC_BY_NC_ND: ("no", "no"),
}


def submit_fields(details: Details) -> Fields:
    """Tags go along although only publish keeps them reliably: a Sta.sh-only post has no other chance."""
    return [
        ("title", details.stored_title),
        ("artist_comments", description_html(details.description)),
        *(("tags[]", tag) for tag in details.stored_tags),
        ("is_dirty", "0"),
        ("is_ai_generated", _flag(details.is_ai_generated, unset=False)),
        ("noai", _flag(details.no_ai, unset=False)),
    ]


def publish_fields(details: Details) -> Fields:
    """Every field said explicitly, so that no default of the site decides.

    Left out on purpose: `catpath` (categories are gone), `agree_*` (absent from the current reference), `sharing`.
    """
    return [("feature", _flag(details.feature, unset=True)), *_shown_fields(details)]


def edit_fields(details: Details) -> Fields:
    """The full state: what an edit leaves out is cleared."""
    return [("title", details.stored_title), *_shown_fields(details)]


def _shown_fields(details: Details) -> Fields:
    return [
        *_maturity(details),
        ("allow_comments", _flag(details.allow_comments, unset=True)),
        ("allow_free_download", _flag(details.allow_free_download, unset=False)),
        *_size(details),
        *_license(details.license),
        ("is_ai_generated", _flag(details.is_ai_generated, unset=False)),
        ("noai", _flag(details.no_ai, unset=False)),
        *(("galleryids[]", folder) for folder in details.galleries),
        *(("tags[]", tag) for tag in details.stored_tags),
    ]


def _maturity(details: Details) -> Fields:
    if not details.is_mature:
        return [("is_mature", "0")]
    level = [("mature_level", str(details.mature_level))] if details.mature_level else []
    kinds = [("mature_classification[]", str(kind)) for kind in details.mature_classification]
    return [("is_mature", "1"), *level, *kinds]


def _size(details: Details) -> Fields:
    code = DISPLAY_RESOLUTIONS.get(details.display_resolution or 0, 0)
    fields = [("display_resolution", str(code))]
    # A watermark without a display resolution is refused, so "no watermark" is only said beside one.
    if details.add_watermark or code:
        fields.append(("add_watermark", _flag(details.add_watermark, unset=False)))
    return fields


def _license(chosen: License | None) -> Fields:
    if chosen is None or chosen is License.ALL_RIGHTS:
        return [("license_options[creative_commons]", "0")]
    commercial, modify = _LICENSES[chosen]
    return [
        ("license_options[creative_commons]", "1"),
        ("license_options[commercial]", commercial),
        ("license_options[modify]", modify),
    ]


def flat(params: Mapping[str, Any]) -> Fields:
    """Lists become `name[]`, mappings `name[key]`, booleans 1 and 0; None is left out."""
    fields: Fields = []
    for name, value in params.items():
        match value:
            case None:
                continue
            case bool():
                fields.append((name, "1" if value else "0"))
            case Mapping():
                fields += flat({f"{name}[{key}]": inner for key, inner in value.items()})
            case list() | tuple() | set() | frozenset():
                fields += [(f"{name}[]", str(entry)) for entry in value]
            case _:
                fields.append((name, str(value)))
    return fields


def _flag(value: bool | None, *, unset: bool) -> str:
    return "1" if (unset if value is None else value) else "0"
