"""ComfyUI's side: it loads a folder, asks for the inputs, and calls the node with a batch tensor."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

FOLDER = Path(__file__).parents[2] / "integrations" / "comfyui"
MODULE = "custom_nodes_send_to_isekai"


def load_folder() -> ModuleType:
    """As ComfyUI loads what lies in `custom_nodes`: by path, under a name of its own."""
    for name in [name for name in sys.modules if name.startswith(MODULE)]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location(MODULE, FOLDER / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


class NumpyTensor:
    """What the node uses of a torch tensor, for machines without torch. As there, bfloat16 and what follows gradients
    cannot become numpy's."""

    def __init__(self, values: Any, *, needs: frozenset[str] = frozenset()) -> None:
        self._values = numpy.asarray(values, dtype=numpy.float32)
        self._needs = needs

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self._values.shape)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Any:
        return (NumpyTensor(values, needs=self._needs) for values in self._values)

    def __getitem__(self, index: Any) -> "NumpyTensor":
        return NumpyTensor(self._values[index], needs=self._needs)

    def cpu(self) -> "NumpyTensor":
        return self

    def detach(self) -> "NumpyTensor":
        return NumpyTensor(self._values, needs=self._needs - {"detach"})

    def float(self) -> "NumpyTensor":
        return NumpyTensor(self._values, needs=self._needs - {"float"})

    def numpy(self) -> Any:
        if self._needs:
            raise TypeError(f"Got unsupported ScalarType, or a gradient: {sorted(self._needs)}")
        return self._values


def batch(count: int = 1, *, height: int = 8, width: int = 12, channels: int = 3, odd: bool = False) -> Any:
    """A batch as nodes pass it on: [count, height, width, channels], 0 to 1; image *n* is its own grey.

    *odd*: bfloat16 that still follows gradients, as a node in the middle of something may leave it.
    """
    values = numpy.zeros((count, height, width, channels), dtype=numpy.float32)
    for index in range(count):
        values[index] = (index + 1) / 10
    try:
        import torch
    except ImportError:
        return NumpyTensor(values, needs=frozenset({"detach", "float"} if odd else ()))
    tensor = torch.from_numpy(values)
    return tensor.bfloat16().requires_grad_() if odd else tensor


def run_node(node_class: Any, **linked: Any) -> Any:
    """Call the node as the executor does: defaults of the widgets, values of the links, hidden inputs last."""
    inputs = node_class.INPUT_TYPES()
    values = {
        name: declared[1]["default"]
        for group in ("required", "optional")
        for name, declared in inputs.get(group, {}).items()
        if len(declared) > 1 and "default" in declared[1]
    }
    hidden = {name: linked.pop(name, None) for name in inputs["hidden"]}
    return getattr(node_class(), node_class.FUNCTION)(**(values | linked), **hidden)
