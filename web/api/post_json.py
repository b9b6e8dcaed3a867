"""A post as JSON: the shape of the contract, and nothing private beside it."""

from typing import Any

import orjson

from core.posts.files import PostFile
from core.posts.post import Post
from core.publishing.publication import Failure, Publication
from web.api.times import instant_json, local_json


def post_json(post: Post, public_url: str) -> dict[str, Any]:
    details, plan = post.details, post.plan
    missing = post.missing
    first = next((q for q in post.publications if q.deviation_id or q.deviation_url), None)
    of_file = {q.file_id: q for q in post.publications}
    return {
        "id": str(post.id),
        "account_id": str(post.account_id),
        "status": post.status,
        "held": post.held,
        "version": post.version,
        "title": details.title,
        "description": details.description,
        "tags": details.tags,
        "galleries": details.galleries,
        "is_mature": details.is_mature,
        "mature_level": details.mature_level,
        "mature_classification": details.mature_classification,
        "is_ai_generated": details.is_ai_generated,
        "no_ai": details.no_ai,
        "allow_comments": details.allow_comments,
        "allow_free_download": details.allow_free_download,
        "add_watermark": details.add_watermark,
        "display_resolution": details.display_resolution,
        "license": details.license,
        "feature": details.feature,
        "stash_only": details.stash_only,
        "notes": post.notes,
        "due_at": instant_json(plan.due_at) if plan else None,
        "due_local": local_json(plan.due_local) if plan else None,
        "time_zone": plan.time_zone if plan else None,
        "jitter_seconds": plan.jitter_seconds if plan else 0,
        "published_at": instant_json(post.published_at),
        "deviation_id": first.deviation_id if first else None,
        "deviation_url": first.deviation_url if first else None,
        "files": [_file_json(file, of_file.get(file.id), public_url) for file in post.files],
        "ready": not missing,
        "missing": missing,
        "failure": _failure_json(post.failure),
        "created_at": instant_json(post.created_at),
        "updated_at": instant_json(post.updated_at),
    }


def file_json(
    file: PostFile, publication: Publication | None, metadata: str | None, public_url: str
) -> dict[str, Any]:
    """One file with what it tells about how it was made, which is private."""
    return _file_json(file, publication, public_url) | {
        "thumb_url": f"{public_url}/files/{file.id}/thumb",
        "metadata": orjson.loads(metadata) if metadata else None,
    }


def _file_json(file: PostFile, publication: Publication | None, public_url: str) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "name": file.name,
        "mime": file.mime,
        "bytes": file.bytes,
        "width": file.width,
        "height": file.height,
        "sha256": file.sha256,
        "url": f"{public_url}/files/{file.id}",
        "chosen": file.chosen,
        "publication": None
        if publication is None
        else {
            "state": publication.state,
            "deviation_id": publication.deviation_id,
            "deviation_url": publication.deviation_url,
        },
    }


def _failure_json(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {
        "step": failure.step,
        "kind": failure.kind,
        "message": failure.message,
        "retry_at": instant_json(failure.retry_at),
    }
