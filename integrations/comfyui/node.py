"""The node "Send to Isekai": a batch of images goes into review."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from .form import Form, build_form
from .pictures import as_batch, png_files, workflow_texts
from .target import IsekaiError, find_target
from .upload import upload

MOST_IN_A_SET = 100  # files Isekai takes in one call


class SendToIsekai:
    """Everything about a call is in its arguments; ComfyUI may keep or drop the object as it likes."""

    CATEGORY = "image/isekai"
    DESCRIPTION = "Sends images to Isekai, where they wait for review before they are published."
    FUNCTION = "send"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("url",)
    OUTPUT_TOOLTIPS = ("The page of the first post in Isekai.",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        text = {"default": ""}
        return {
            "required": {"images": ("IMAGE", {"tooltip": "Every image of the batch is sent as PNG."})},
            "optional": {
                "url": (
                    "STRING",
                    text | {"tooltip": "Address of Isekai. Empty: ISEKAI_URL, else http://127.0.0.1:8080."},
                ),
                "title": ("STRING", text | {"tooltip": "Empty: from the file name."}),
                "tags": ("STRING", text | {"tooltip": "Separated by commas."}),
                "description": ("STRING", text | {"multiline": True}),
                "mature": ("BOOLEAN", {"default": False}),
                "ai_generated": ("BOOLEAN", {"default": True}),
                "group_as_set": (
                    "BOOLEAN",
                    {"default": False, "tooltip": "On: the batch becomes one post. Off: one post an image."},
                ),
                "include_workflow": (
                    "BOOLEAN",
                    {"default": True, "tooltip": "Kept privately in Isekai, never published."},
                ),
                "template": ("STRING", text | {"tooltip": "Name of a template in Isekai."}),
                "automation": ("STRING", text | {"tooltip": "Name of an automation in Isekai."}),
                "key_file": (
                    "STRING",
                    text | {"tooltip": "Path of a file with the key. Empty: ISEKAI_KEY. Never the key itself."},
                ),
            },
            "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"},
        }

    def send(
        self,
        images: Any,
        url: str = "",
        title: str = "",
        tags: str = "",
        description: str = "",
        mature: bool = False,
        ai_generated: bool = True,
        group_as_set: bool = False,
        include_workflow: bool = True,
        template: str = "",
        automation: str = "",
        key_file: str = "",
        prompt: Any = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        target = find_target(url, key_file)
        images = as_batch(images)
        count = len(images)
        if group_as_set and count > MOST_IN_A_SET:
            raise IsekaiError(f"A set holds at most {MOST_IN_A_SET} pictures; this batch has {count}.")
        fields = {
            "title": title.strip(),
            "tags": tags.strip(),
            "description": description.strip(),
            "isMature": _word(mature),
            "isAiGenerated": _word(ai_generated),
            "template": template.strip(),
            "automation": automation.strip(),
            "group": "post" if group_as_set else "",
            "source": "ComfyUI",
        }
        fields = {name: value for name, value in fields.items() if value}
        texts = workflow_texts(prompt, extra_pnginfo) if include_workflow else {}
        progress = Progress(count)
        named = ((f"comfyui_{index + 1:05}.png", png) for index, png in enumerate(png_files(images, texts)))
        batches = [list(named)] if group_as_set else ([one] for one in named)
        items: list[dict[str, Any]] = []
        for files in batches:
            form = build_form(fields, files, secrets.token_hex(16))
            answer = upload(
                target,
                form,
                idempotency_key=secrets.token_hex(16),
                sent=progress.of(form, len(files)),
                check_stopped=_check_stopped,
            )
            progress.finish(len(files))
            items += answer.get("items") or [answer]
        return _result(items)


class Progress:
    """ComfyUI's green bar, in thousandths; nothing where there is no ComfyUI."""

    def __init__(self, pictures: int) -> None:
        self._whole = max(pictures, 1) * 1000
        self._before = 0
        self._bar = _progress_bar(self._whole)

    def of(self, form: Form, pictures: int) -> Callable[[int], None]:
        share = pictures * 1000
        return lambda sent: self._show(self._before + share * sent // max(form.length, 1))

    def finish(self, pictures: int) -> None:
        self._before += pictures * 1000
        self._show(self._before)

    def _show(self, value: int) -> None:
        if self._bar is not None:
            self._bar.update_absolute(min(value, self._whole), self._whole)


def _progress_bar(total: int) -> Any:
    try:
        from comfy.utils import ProgressBar
    except ImportError:
        return None
    return ProgressBar(total)


def _check_stopped() -> None:
    try:
        from comfy.model_management import throw_exception_if_processing_interrupted
    except ImportError:
        return
    throw_exception_if_processing_interrupted()


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _result(items: list[dict[str, Any]]) -> dict[str, Any]:
    first = str(items[0].get("url") or "") if items else ""
    said = "Sent to Isekai: 1 post waits for review." if len(items) == 1 else f"Sent to Isekai: {len(items)} posts."
    return {"ui": {"text": [said, *(str(item.get("url") or "") for item in items)]}, "result": (first,)}
