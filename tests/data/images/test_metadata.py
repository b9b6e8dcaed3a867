"""Generation metadata in every form that programs write, without the secrets that came along."""

import io
import json
from typing import Any

import pytest
from PIL.PngImagePlugin import PngInfo

from core.posts.pictures import GenerationMetadata
from core.posts.scrub import scrubbed
from data.images.formats.png import make_chunk
from data.images.header import read_header
from data.images.metadata import read_metadata
from tests.support.pictures import a_drawing, a_gif, a_jpeg, a_png, encoded, with_exif

GRAPH: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dreamer_v8.safetensors"}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "watercolour.safetensors",
            "strength_model": 0.8,
            "model": ["4", 0],
            "clip": ["4", 1],
        },
    },
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse at dusk", "clip": ["10", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry, text", "clip": ["10", 1]}},
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "sampler_name": "dpmpp_2m",
            "positive": ["6", 0],
            "negative": ["7", 0],
            "model": ["10", 0],
        },
    },
}
PARAMETERS = (
    "a lighthouse at dusk, <lora:watercolour:0.8>\nsecond line\nNegative prompt: blurry, text\n"
    "Steps: 20, Sampler: DPM++ 2M, CFG scale: 7, Seed: 42, Size: 512x512, Model hash: 1234abcd, Model: dreamer_v8, "
    'Lora hashes: "watercolour: 99ff", Version: v1.9.4'
)
KEY = "isk_" + "Ab3" * 12
WEBHOOK = "https://discord.com/api/webhooks/1234567890/abcDEF-ghi_jkl"


def metadata_of(data: bytes) -> GenerationMetadata | None:
    file = io.BytesIO(data)
    return read_metadata(file, read_header(file, max_pixels=None))


def found_in(data: bytes) -> GenerationMetadata:
    metadata = metadata_of(data)
    assert metadata is not None
    return metadata


def user_comment(text: str, order: str) -> bytes:
    return b"UNICODE\0" + text.encode(order)


def test_a_picture_that_says_nothing_has_no_metadata() -> None:
    for data in (a_png(), a_jpeg(), a_gif(), encoded(a_drawing(), "WEBP"), encoded(a_drawing(), "AVIF")):
        assert metadata_of(data) is None


def test_a_comfyui_png_tells_its_prompt_model_seed_and_loras() -> None:
    found = found_in(a_png(texts={"prompt": json.dumps(GRAPH), "workflow": json.dumps({"nodes": []})}))

    assert (found.prompt, found.negative_prompt) == ("a lighthouse at dusk", "blurry, text")
    assert (found.model, found.seed, found.sampler) == ("dreamer_v8.safetensors", "156680208700286", "dpmpp_2m")
    assert found.loras == ("watercolour.safetensors",)
    assert found.workflow_json == '{"nodes": []}'
    assert found.says_ai


def test_a_prompt_is_followed_through_the_nodes_between() -> None:
    graph = {
        **GRAPH,
        "20": {"class_type": "PrimitiveString", "inputs": {"value": "a lighthouse in fog"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["10", 1]}},
        "21": {
            "class_type": "ControlNetApplyAdvanced",
            "inputs": {"positive": ["6", 0], "negative": ["7", 0], "strength": 1},
        },
        "22": {"class_type": "Seed (rgthree)", "inputs": {"seed": 7}},
        "3": {
            "class_type": "KSampler",
            "inputs": {"seed": ["22", 0], "sampler_name": "euler", "positive": ["21", 0], "negative": ["21", 1]},
        },
    }

    found = found_in(a_png(texts={"prompt": json.dumps(graph)}))

    assert (found.prompt, found.negative_prompt, found.seed) == ("a lighthouse in fog", "blurry, text", "7")


def test_the_newer_samplers_in_parts_are_understood() -> None:
    graph = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux-dev"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["9", 0]}},
        "3": {"class_type": "BasicGuider", "inputs": {"conditioning": ["2", 0], "model": ["1", 0]}},
        "4": {"class_type": "RandomNoise", "inputs": {"noise_seed": 99}},
        "5": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        "6": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {"noise": ["4", 0], "guider": ["3", 0], "sampler": ["5", 0]},
        },
        "7": {
            "class_type": "Power Lora Loader (rgthree)",
            "inputs": {"lora_1": {"on": True, "lora": "ink"}, "lora_2": {"on": False, "lora": "off"}},
        },
    }

    found = found_in(a_png(texts={"prompt": json.dumps(graph)}))

    assert (found.prompt, found.model, found.seed, found.sampler) == ("a fox", "flux-dev", "99", "euler")
    assert found.loras == ("ink",)


def test_a_graph_that_goes_in_circles_ends() -> None:
    graph = {
        "1": {"class_type": "A", "inputs": {"text": ["2", 0]}},
        "2": {"class_type": "B", "inputs": {"text": ["1", 0]}},
        "3": {"class_type": "KSampler", "inputs": {"seed": ["3", 0], "positive": ["1", 0], "negative": ["3", 1]}},
    }

    found = found_in(a_png(texts={"prompt": json.dumps(graph)}))

    assert (found.prompt, found.seed) == (None, None)


def test_the_parameters_text_is_understood() -> None:
    found = found_in(a_png(texts={"parameters": PARAMETERS}))

    assert found.prompt == "a lighthouse at dusk, <lora:watercolour:0.8>\nsecond line"
    assert found.negative_prompt == "blurry, text"
    assert (found.model, found.seed, found.sampler) == ("dreamer_v8", "42", "DPM++ 2M")
    assert found.loras == ("watercolour",)
    assert found.raw["parameters"] == PARAMETERS


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "TIFF"])
def test_a_user_comment_is_read_from_exif_in_either_byte_order(kind: str, order: str) -> None:
    exif = with_exif({}, inner={0x9286: user_comment(PARAMETERS, order)})

    found = found_in(encoded(a_drawing(), kind, exif=exif))

    assert (found.seed, found.says_ai) == ("42", True)
    assert found.raw["UserComment"] == PARAMETERS


@pytest.mark.parametrize("tags", [(0x0110, 0x010F), (0x010F, 0x010E)], ids=["animated node", "usual"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_comfyui_graphs_inside_exif_are_read(kind: str, tags: tuple[int, int]) -> None:
    exif = with_exif({tags[0]: "Prompt:" + json.dumps(GRAPH), tags[1]: "Workflow: " + json.dumps({"nodes": []})})

    found = found_in(encoded(a_drawing(), kind, exif=exif))

    assert (found.prompt, found.workflow_json) == ("a lighthouse at dusk", '{"nodes": []}')


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Comment", {"prompt": "a fox", "uc": "bad", "seed": 5, "sampler": "k_euler"}),
        (
            "invokeai_metadata",
            {
                "positive_prompt": "a fox",
                "negative_prompt": "bad",
                "seed": 5,
                "scheduler": "k_euler",
                "loras": [{"model": {"name": "ink"}, "weight": 1}],
            },
        ),
        (
            "parameters",
            {"sui_image_params": {"prompt": "a fox", "negativeprompt": "bad", "seed": 5, "sampler": "k_euler"}},
        ),
        (
            "parameters",
            {"prompt": "a fox", "negative_prompt": "bad", "seed": 5, "sampler": "k_euler", "loras": [["ink", 0.5]]},
        ),
    ],
    ids=["novelai", "invokeai", "swarmui", "fooocus"],
)
def test_the_json_of_other_programs_is_understood(name: str, content: dict[str, Any]) -> None:
    found = found_in(a_png(texts={name: json.dumps(content)}))

    assert (found.prompt, found.negative_prompt, found.seed, found.sampler) == ("a fox", "bad", "5", "k_euler")
    assert found.says_ai


def test_compressed_and_international_texts_of_a_png_are_read() -> None:
    info = PngInfo()
    info.add_text("parameters", PARAMETERS, zip=True)
    info.add_itxt("Description", "Ein Füchslein", lang="de", zip=True)

    found = found_in(encoded(a_drawing(), "PNG", pnginfo=info))

    assert (found.seed, found.raw["Description"]) == ("42", "Ein Füchslein")


def test_texts_in_utf8_where_latin_is_specified_are_read_as_meant() -> None:
    data = a_png()
    text = make_chunk(b"tEXt", b"parameters\0" + "ein Füchslein\nSteps: 1, Seed: 3".encode())

    found = found_in(data[:33] + text + data[33:])

    assert found.prompt == "ein Füchslein"


def test_comments_of_gif_and_jpeg_are_kept() -> None:
    assert found_in(a_gif(comment=b"by mira")).raw == {"Comment": "by mira"}
    assert found_in(a_jpeg(comment=b"by mira")).raw == {"Comment": "by mira"}


def test_nan_and_infinity_do_not_spoil_a_graph() -> None:
    text = json.dumps({**GRAPH, "99": {"class_type": "X", "inputs": {"changed": [float("nan")], "big": 1}}})

    found = found_in(a_png(texts={"prompt": text, "workflow": '{"is_changed": NaN, "x": -Infinity, "y": 1e999}'}))

    assert found.prompt == "a lighthouse at dusk"
    assert found.workflow_json is not None
    assert json.loads(found.workflow_json, parse_constant=pytest.fail) == {"is_changed": None, "x": None, "y": None}


def test_what_is_no_json_is_kept_as_text() -> None:
    deep = "[" * 100_000

    found = found_in(a_png(texts={"workflow": deep, "prompt": '{"1": '}))

    assert (found.workflow_json, found.prompt) == (None, None)
    assert found.raw["prompt"] == '{"1": '


def test_long_texts_are_cut() -> None:
    found = found_in(a_png(texts={"parameters": "x" * 900_000, **{f"note {n}": "y" for n in range(500)}}))

    assert len(found.raw["parameters"]) == 256 * 1024
    assert len(found.raw) <= 64


def test_a_text_that_inflates_without_end_is_cut() -> None:
    info = PngInfo()
    info.add_text("parameters", "x" * 30_000_000, zip=True)

    assert len(found_in(encoded(a_drawing(), "PNG", pnginfo=info)).raw["parameters"]) == 256 * 1024


def test_characters_that_no_database_takes_are_replaced() -> None:
    found = found_in(a_png(texts={"Comment": json.dumps({"prompt": "a \ud800 fox\0", "seed": 1})}))

    assert found.prompt == "a ? fox"
    for text in found.raw.values():
        text.encode()


def test_our_own_key_is_reported_and_removed_everywhere() -> None:
    graph = {**GRAPH, "50": {"class_type": "SendToIsekai", "inputs": {"key": KEY, "url": "https://art.example"}}}
    workflow = {"nodes": [{"type": "SendToIsekai", "widgets_values": ["https://art.example", KEY]}]}

    found = found_in(a_png(texts={"prompt": json.dumps(graph), "workflow": json.dumps(workflow)}))

    assert found.own_keys == (KEY,)
    assert found.secrets_removed >= 2
    assert KEY not in repr(found)
    assert KEY not in json.dumps([dict(found.raw), found.workflow_json])


@pytest.mark.parametrize(
    "secret",
    [
        WEBHOOK,
        "https://art.example/hook/abcdefgh12345678",
        "sk-proj-abcdefghij0123456789",
        "hf_abcdefghijklmnopqrstuvwx",
        "ghp_abcdefghijklmnopqrstuvwxyz0123",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    ],
)
def test_values_that_look_like_secrets_are_removed_wherever_they_stand(secret: str) -> None:
    texts = {
        "prompt": json.dumps({"1": {"class_type": "Upload", "inputs": {"field": secret}}}),
        "workflow": json.dumps({"nodes": [{"widgets_values": [secret]}]}),
        "note": f"upload to {secret} please",
    }

    found = found_in(a_png(texts=texts))

    assert secret not in json.dumps(dict(found.raw)) + str(found.workflow_json)
    assert found.secrets_removed >= 3


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "token", "access_token", "client_secret", "password", "Authorization"]
)
def test_values_with_telling_names_are_removed_even_where_they_stand_without_name(name: str) -> None:
    graph = {"1": {"class_type": "Remote", "inputs": {name: "correct horse battery"}}}
    workflow = {"nodes": [{"widgets_values": ["correct horse battery", 3]}]}

    found = found_in(a_png(texts={"prompt": json.dumps(graph), "workflow": json.dumps(workflow)}))

    assert "horse" not in json.dumps(dict(found.raw)) + str(found.workflow_json)
    assert found.secrets_removed == 1


def test_bearer_headers_and_passwords_in_addresses_are_removed_from_text() -> None:
    note = "Authorization: Bearer abcdef0123456789abcdef and https://mira:hunter2hunter2@art.example/x"

    text = found_in(a_png(texts={"note": note})).raw["note"]

    assert "abcdef0123456789" not in text
    assert "hunter2" not in text
    assert "art.example" in text


def test_ordinary_settings_are_not_taken_for_secrets() -> None:
    inputs = {"token_normalization": "length+mean", "max_tokens": "512 or so", "model_hash": "a" * 64, "key": "value"}

    found = found_in(a_png(texts={"prompt": json.dumps({"1": {"class_type": "X", "inputs": inputs}})}))

    assert found.secrets_removed == 0
    assert json.loads(found.raw["prompt"])["1"]["inputs"] == inputs


@pytest.mark.parametrize(
    "data",
    [
        a_png(texts={"XML:com.adobe.xmp": "<x DigitalSourceType='…/trainedAlgorithmicMedia'/>"}),
        a_jpeg(xmp=b"<x DigitalSourceType='.../compositeWithTrainedAlgorithmicMedia'/>"),
        a_jpeg(exif=with_exif({0x0131: "NovelAI"})),
        a_png()[:33] + make_chunk(b"caBX", b"jumb....trainedAlgorithmicMedia") + a_png()[33:],
        a_png(texts={"Software": "ComfyUI 0.3"}),
    ],
    ids=["xmp in png", "xmp in jpeg", "software", "content credentials", "comfyui"],
)
def test_files_that_say_they_were_generated_are_believed(data: bytes) -> None:
    assert found_in(data).says_ai


def test_a_camera_does_not_make_a_picture_generated() -> None:
    found = found_in(a_jpeg(exif=with_exif({0x010F: "Nikon", 0x0110: "D70", 0x0131: "GIMP 2.10"})))

    assert not found.says_ai
    assert found.raw == {"Make": "Nikon", "Model": "D70", "Software": "GIMP 2.10"}


def test_what_a_program_says_beside_its_picture_is_scrubbed_as_well() -> None:
    given = {"api_key": "correct horse", "nodes": ["correct horse", WEBHOOK, 1.5, None], "prompt": f"a fox {KEY}"}

    assert scrubbed(given) == {
        "api_key": "[removed]",
        "nodes": ["[removed]", "[removed]", 1.5, None],
        "prompt": "a fox [removed]",
    }
