"""Settings from the texts that programs write into pictures."""

import json

from core.posts.made import SETTINGS_MOST, settings_of

LINE = (
    "a fox, <lora:Snow:0.8>\nNegative prompt: lowres\n"
    "Steps: 28, Sampler: DPM++ 2M, CFG scale: 6.5, Seed: 12, Size: 512x768, Model: fox,"
    ' Lora hashes: "Snow: ab, b: c", Hires prompt: "one, two", Clip skip: 2'
)


def test_the_line_of_settings_is_told_apart_without_what_is_said_elsewhere() -> None:
    assert settings_of({"parameters": LINE}) == (
        ("Steps", "28"),
        ("CFG scale", "6.5"),
        ("Size", "512x768"),
        ("Hires prompt", "one, two"),
        ("Clip skip", "2"),
    )


def test_a_graph_tells_the_settings_of_its_nodes_and_not_its_links() -> None:
    graph = {
        "3": {"class_type": "KSampler", "inputs": {"steps": 30, "cfg": 7.0, "scheduler": "normal", "denoise": 1}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
        "9": {"class_type": "Odd", "inputs": {"steps": ["3", 0], "cfg": True}},
    }

    assert settings_of({"prompt": json.dumps(graph), "workflow": "{}"}) == (
        ("Steps", "30"),
        ("CFG scale", "7.0"),
        ("Scheduler", "normal"),
        ("Denoising strength", "1"),
        ("Size", "512 × 768"),
    )


def test_a_flat_object_is_read_too_and_odd_texts_say_nothing() -> None:
    assert settings_of({"sui": json.dumps({"sui_image_params": {"steps": 20, "cfgscale": 5}})}) == (
        ("Steps", "20"),
        ("CFG scale", "5"),
    )
    assert settings_of({"a": "Steps: many", "b": "[1, 2]", "c": "{", "d": 7, "Description": "Steps: "}) == ()


def test_what_is_shown_is_bounded() -> None:
    many = "Steps: 1" + "".join(f", Name{n}: {'x' * 400}" for n in range(300))

    found = settings_of({"parameters": many})

    assert len(found) == SETTINGS_MOST
    assert max(len(value) for _, value in found) == 200
