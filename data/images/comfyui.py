"""What a ComfyUI graph says, read from the sampler backwards; pure.

The graph (`prompt`) maps node ids to `{"class_type", "inputs"}`; an input is a value or a link `[node id, output]`.
Source: ComfyUI API format as its SaveImage node writes it, read 2026-11-23.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TEXT_INPUTS = (
    *("text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "prompt", "positive_prompt"),
    *("string", "value", "wildcard_text", "populated_text"),
)
NOT_TEXT = frozenset(
    ("clip", "model", "vae", "image", "mask", "latent_image", "samples", "control_net", "negative", "seed", "noise")
)
MODEL_INPUTS = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "gguf_name")
SEED_INPUTS = ("seed", "noise_seed", "value", "noise")
SAMPLER_INPUTS = ("sampler_name", "sampler")
LORA_INPUT = re.compile(r"lora(_name)?(_?\d{1,3})?(_name)?$")
STEPS_LIMIT = 500

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes that make sense; anything else was left out when it was read."""

    nodes: Mapping[str, Node]

    def inputs(self, node_id: str) -> Mapping[str, Any]:
        inputs: Mapping[str, Any] = self.nodes[node_id]["inputs"]
        return inputs

    def linked(self, value: object) -> tuple[str, int] | None:
        """The node and output that an input is linked to."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
            node_id = str(value[0])
            return (node_id, value[1]) if node_id in self.nodes else None
        return None


def read_graph(tree: object) -> Graph | None:
    """The graph in parsed JSON, or None when it is none."""
    if not isinstance(tree, dict):
        return None
    nodes = {
        str(node_id): node
        for node_id, node in tree.items()
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict) and isinstance(node.get("class_type"), str)
    }
    return Graph(nodes) if nodes else None


def sampler_of(graph: Graph) -> str | None:
    """The node that drew the picture: it takes a prompt or a guider, and a seed; else any sampler."""

    def takes(*names: str) -> Iterator[str]:
        return (node_id for node_id in graph.nodes if set(names) <= graph.inputs(node_id).keys())

    found = (*takes("positive", "seed"), *takes("positive", "noise_seed"), *takes("guider", "noise"))
    named = (node_id for node_id, node in graph.nodes.items() if "Sampler" in node["class_type"])
    return next(iter(found), next(named, None))


def prompts_of(graph: Graph) -> tuple[str | None, str | None]:
    """Positive and negative prompt as the sampler got them."""
    sampler = sampler_of(graph)
    if sampler is None:
        return _any_text(graph), None
    inputs = graph.inputs(sampler)
    guided = graph.linked(inputs.get("guider"))
    if guided is not None:
        inputs = graph.inputs(guided[0])
    positive = _text_at(graph, inputs.get("positive", inputs.get("conditioning")))
    return positive or _any_text(graph), _text_at(graph, inputs.get("negative"))


def _text_at(graph: Graph, value: object) -> str | None:
    found = dict.fromkeys(text for text in _texts(graph, value) if text.strip())
    return "\n".join(found) or None


def _texts(graph: Graph, value: object) -> Iterator[str]:
    """Every text that flows into this input, nearest first; each node is visited once."""
    waiting, seen = [value], set[str]()
    while waiting and len(seen) < STEPS_LIMIT:
        link = graph.linked(waiting.pop(0))
        if link is None or link[0] in seen:
            continue
        seen.add(link[0])
        inputs = graph.inputs(link[0])
        yield from (inputs[name] for name in TEXT_INPUTS if isinstance(inputs.get(name), str))
        waiting.extend(_onward(inputs, link[1]))


def _onward(inputs: Mapping[str, Any], output: int) -> list[Any]:
    """The inputs worth following. A node that passes both prompts on has them in order on its outputs."""
    if "positive" in inputs and "negative" in inputs:
        return [inputs["positive" if output == 0 else "negative"]]
    return [value for name, value in inputs.items() if name not in NOT_TEXT]


def _any_text(graph: Graph) -> str | None:
    for node_id, node in graph.nodes.items():
        text = graph.inputs(node_id).get("text")
        if "TextEncode" in node["class_type"] and isinstance(text, str) and text.strip():
            return text
    return None


def seed_of(graph: Graph) -> str | None:
    """The sampler's seed, followed through links."""
    return _value_at_sampler(graph, SEED_INPUTS, int)


def sampler_name_of(graph: Graph) -> str | None:
    """The sampling method's name."""
    return _value_at_sampler(graph, SAMPLER_INPUTS, str)


def _value_at_sampler(graph: Graph, names: tuple[str, ...], wanted: type) -> str | None:
    node_id = sampler_of(graph)
    for _ in range(10):
        if node_id is None:
            return None
        inputs = graph.inputs(node_id)
        present = [inputs[name] for name in names if name in inputs]
        for value in present:
            if isinstance(value, wanted) and not isinstance(value, bool):
                return str(value)
        node_id = next((link[0] for value in present if (link := graph.linked(value))), None)
    return None


def model_of(graph: Graph) -> str | None:
    """The first checkpoint that is loaded."""
    for node_id in graph.nodes:
        for name in MODEL_INPUTS:
            value = graph.inputs(node_id).get(name)
            if isinstance(value, str) and value:
                return value
    return None


def loras_of(graph: Graph) -> tuple[str, ...]:
    """Every LoRA that is loaded and switched on, in the order of the graph."""
    found: dict[str, None] = {}
    for node_id in graph.nodes:
        for name, value in graph.inputs(node_id).items():
            if isinstance(value, dict) and value.get("on", True):
                value = value.get("lora")
            if isinstance(value, str) and value not in ("", "None") and LORA_INPUT.match(name.lower()):
                found[value] = None
    return tuple(found)
