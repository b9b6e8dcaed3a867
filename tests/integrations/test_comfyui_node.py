"""The node as ComfyUI loads and calls it, against a server on loopback."""

import ast
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.integrations import comfyui

KEY = "isk_" + "k" * 40
PROMPT = {"3": {"class_type": "KSampler", "inputs": {"seed": 7}}}
EXTRA = {"workflow": {"nodes": [{"id": 3}]}}


@dataclass
class Call:
    path: str
    headers: Any
    fields: dict[str, str]
    files: list[tuple[str, bytes]]


@dataclass
class Door:
    """Answers uploads; `answers` are taken first, each (status, headers, body) or None for a dropped connection."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)

    def take(self, call: Call) -> tuple[int, dict[str, str], bytes] | None:
        self.calls.append(call)
        if self.answers:
            return self.answers.pop(0)
        url = f"{self.url}/posts/{len(self.calls)}"
        item = {"id": str(len(self.calls)), "status": "review", "url": url}
        return 201, {}, json.dumps({"success": True, **item, "items": [item]}).encode()


def _read(headers: Any, body: bytes) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body
    )
    fields, files = {}, []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        if part.get_filename():
            files.append((part.get_filename(), content))
        else:
            fields[part.get_param("name", header="content-disposition")] = content.decode()
    return fields, files


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return
            answer = door.take(Call(self.path, self.headers, *_read(self.headers, body)))
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield door
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("ISEKAI_URL", "ISEKAI_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ISEKAI_KEY", KEY)
    module = comfyui.load_folder()
    assert module.NODE_DISPLAY_NAME_MAPPINGS == {"SendToIsekai": "Send to Isekai"}
    return module.NODE_CLASS_MAPPINGS["SendToIsekai"]


def refuse(status: int, error: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, headers, json.dumps({"error": error, "code": "X"}).encode()


def test_each_image_of_a_batch_arrives_as_a_png_with_the_fields(node: Any, door: Door) -> None:
    said = comfyui.run_node(
        node, images=comfyui.batch(2), url=door.url, title="Dawn", tags="sea, light", description="Hand-picked.",
        mature=True, template="Seascapes", automation="Evenings",
    )  # fmt: skip

    assert said["result"] == (f"{door.url}/posts/1",)
    assert said["ui"]["text"][0] == "Sent to Isekai: 2 posts."
    assert [call.path for call in door.calls] == ["/api/comfyui/upload"] * 2
    assert door.calls[0].fields == {
        "title": "Dawn", "tags": "sea, light", "description": "Hand-picked.", "isMature": "true",
        "isAiGenerated": "true", "template": "Seascapes", "automation": "Evenings", "source": "ComfyUI",
    }  # fmt: skip
    pixels = [Image.open(io.BytesIO(call.files[0][1])).getpixel((0, 0)) for call in door.calls]
    assert pixels == [(26, 26, 26), (51, 51, 51)]


def test_a_batch_as_a_set_is_one_call(node: Any, door: Door) -> None:
    comfyui.run_node(node, images=comfyui.batch(3), url=door.url, group_as_set=True)

    [call] = door.calls
    assert call.fields["group"] == "post"
    assert [name for name, _ in call.files] == ["comfyui_00001.png", "comfyui_00002.png", "comfyui_00003.png"]


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_every_kind_of_tensor_becomes_a_picture(node: Any, door: Door, channels: int, mode: str) -> None:
    comfyui.run_node(node, images=comfyui.batch(channels=channels), url=door.url)

    assert Image.open(io.BytesIO(door.calls[0].files[0][1])).mode == mode


def test_an_odd_tensor_becomes_the_same_picture(node: Any, door: Door) -> None:
    comfyui.run_node(node, images=comfyui.batch(odd=True), url=door.url)

    assert Image.open(io.BytesIO(door.calls[0].files[0][1])).getpixel((0, 0)) == (26, 26, 26)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (comfyui.batch(0), "no image in this batch"),
        (comfyui.batch(channels=12)[..., 0], "not a batch of images"),
        (comfyui.batch()[None], "not a batch of images"),
    ],
)
def test_what_is_no_batch_of_images_is_said_and_not_sent(node: Any, door: Door, images: Any, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        comfyui.run_node(node, images=images, url=door.url)

    assert door.calls == []


def test_the_workflow_travels_only_when_asked(node: Any, door: Door) -> None:
    comfyui.run_node(node, images=comfyui.batch(), url=door.url, prompt=PROMPT, extra_pnginfo=EXTRA)
    comfyui.run_node(
        node, images=comfyui.batch(), url=door.url, include_workflow=False, prompt=PROMPT, extra_pnginfo=EXTRA
    )

    with_it, without = (Image.open(io.BytesIO(call.files[0][1])).info for call in door.calls)
    assert json.loads(with_it["prompt"]) == PROMPT
    assert json.loads(with_it["workflow"]) == EXTRA["workflow"]
    assert without == {}


def test_a_key_never_travels_in_the_picture(node: Any, door: Door) -> None:
    extra = {"workflow": {"nodes": [{"widgets_values": [KEY]}]}}

    comfyui.run_node(node, images=comfyui.batch(), url=door.url, prompt={"1": KEY}, extra_pnginfo=extra)

    assert door.calls[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in door.calls[0].files[0][1]


@pytest.mark.parametrize("field", ["url", "key_file"])
def test_a_key_in_a_field_is_refused_before_anything_is_sent(node: Any, door: Door, field: str) -> None:
    with pytest.raises(Exception, match="saved in every picture"):
        comfyui.run_node(node, images=comfyui.batch(), **{"url": door.url, field: f"{door.url}/hook/{KEY}"})

    assert door.calls == []


def test_the_key_is_read_from_a_file(node: Any, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISEKAI_KEY")
    (tmp_path / "key").write_text(f"{KEY}\n")

    comfyui.run_node(node, images=comfyui.batch(), url=door.url, key_file=str(tmp_path / "key"))

    assert door.calls[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_file_that_holds_no_key_is_never_sent(node: Any, door: Door, tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("private thoughts")

    with pytest.raises(Exception, match="does not hold a key") as raised:
        comfyui.run_node(node, images=comfyui.batch(), url=door.url, key_file=str(tmp_path / "diary"))

    assert "private" not in str(raised.value)
    assert door.calls == []


def test_a_strangers_workflow_cannot_send_the_key_elsewhere(
    node: Any, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISEKAI_URL", "https://isekai.example.org")

    with pytest.raises(Exception, match="not the one in ISEKAI_URL"):
        comfyui.run_node(node, images=comfyui.batch(), url=door.url)

    assert door.calls == []


def test_without_a_key_the_node_says_where_to_put_one(
    node: Any, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISEKAI_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(Exception, match="There is no key"):
        comfyui.run_node(node, images=comfyui.batch(), url=door.url)


def test_a_lost_answer_is_asked_for_again_as_the_same_call(
    node: Any, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_nodes_send_to_isekai.upload._wait", lambda *args: None)
    door.answers = [None, refuse(429, "Too many calls.", **{"Retry-After": "2"})]

    comfyui.run_node(node, images=comfyui.batch(), url=door.url)

    assert len(door.calls) == 3
    assert len({call.headers["Idempotency-Key"] for call in door.calls}) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuse(401, "This API key was revoked."), "Isekai says: This API key was revoked. Make a new key"),
        (refuse(403, "The key lacks a scope."), "needs the scope “upload”"),
        (refuse(413, "Too many bytes."), "Send fewer or smaller"),
        ((308, {"Location": "https://isekai.example.org/"}, b""), "another address: https://isekai.example.org/"),
        ((404, {}, b"<html>nginx</html>"), "is not Isekai"),
        ((200, {}, b"<html>a router</html>"), "is not Isekai"),
        (
            (422, {}, json.dumps({"error": "Not usable.", "details": {"fields": {"title": "Too long."}}}).encode()),
            "Not usable. title: Too long.",
        ),
    ],
)
def test_every_refusal_is_a_sentence_about_what_to_do(
    node: Any, door: Door, answer: tuple[int, dict[str, str], bytes], sentence: str
) -> None:
    door.answers = [answer]

    with pytest.raises(Exception, match=r"\.$") as raised:
        comfyui.run_node(node, images=comfyui.batch(), url=door.url)

    assert sentence in str(raised.value)
    assert KEY not in str(raised.value)


def test_nobody_at_the_address_is_said_with_the_address(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_nodes_send_to_isekai.upload._wait", lambda *args: None)

    with pytest.raises(Exception, match=r"does not answer at http://127\.0\.0\.1:1 "):
        comfyui.run_node(node, images=comfyui.batch(), url="http://127.0.0.1:1")


def test_progress_reaches_its_end_and_never_goes_back(node: Any, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []

    class Bar:
        def update_absolute(self, value: int, total: int) -> None:
            assert total == 2000
            shown.append(value)

    monkeypatch.setattr("custom_nodes_send_to_isekai.node._progress_bar", lambda total: Bar())

    comfyui.run_node(node, images=comfyui.batch(2), url=door.url)

    assert shown == sorted(shown)
    assert shown[-1] == 2000


def test_stopping_the_workflow_stops_the_upload(node: Any, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Exception): ...

    def stop() -> None:
        raise Interrupted

    monkeypatch.setattr("custom_nodes_send_to_isekai.node._check_stopped", stop)

    with pytest.raises(Interrupted):
        comfyui.run_node(node, images=comfyui.batch(), url=door.url)


def test_the_folder_imports_nothing_of_the_application() -> None:
    imported = {
        name.split(".")[0]
        for path in comfyui.FOLDER.glob("*.py")
        for found in ast.walk(ast.parse(path.read_text()))
        for name in _names(found)
    }

    assert imported.isdisjoint({"core", "data", "web", "bot"})


def _names(found: ast.AST) -> list[str]:
    if isinstance(found, ast.Import):
        return [alias.name for alias in found.names]
    return [found.module or ""] if isinstance(found, ast.ImportFrom) and found.level == 0 else []
