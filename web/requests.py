"""What a body of JSON holds: plain classes, of which pydantic makes models when the first of them is to be read.

Loading it at the start took a tenth of the memory of an instance at rest, and many never read such a body: pages send
forms, programs that upload send pictures. To the type checker they are the models that read.
"""

import asyncio
from dataclasses import dataclass
from types import new_class
from typing import TYPE_CHECKING, Any, TypeVar, cast

__all__ = ["ConfigDict", "Field", "Model", "Request", "built", "reader"]

if TYPE_CHECKING:
    from pydantic import BaseModel, ConfigDict, Field
else:
    BaseModel, ConfigDict = object, dict

    def Field(**limits: Any) -> "_Told":
        return _Told(limits)


@dataclass(frozen=True, slots=True)
class _Told:
    limits: dict[str, Any]


class Request(BaseModel):
    """Unknown names are refused: a typing error should not look like success."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    if not TYPE_CHECKING:

        @classmethod
        def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any:
            """How pydantic reads one that stands within another."""
            return handler.generate_schema(built(cls))


Model = TypeVar("Model", bound=Request)

_built: dict[type[Request], type[Request]] = {}


async def reader(model: type[Model]) -> type[Model]:
    """As `built`; what takes a tenth of a second the first time is done in a thread."""
    if model in _built:
        return built(model)
    return await asyncio.to_thread(built, model)


def built(model: type[Model]) -> type[Model]:
    """The model that reads what *model* says."""
    if model not in _built:
        _built[model] = _build(model)
    return cast("type[Model]", _built[model])


def _build(model: type[Request]) -> type[Request]:
    import pydantic

    said = {name: value for name, value in vars(model).items() if name not in _OF_CLASSES}
    base: type = pydantic.BaseModel if model is Request else built(cast("type[Request]", model.__base__))
    made = {
        name: pydantic.Field(**value.limits) if isinstance(value, _Told) else value for name, value in said.items()
    }
    return cast("type[Request]", new_class(model.__name__, (base,), exec_body=lambda within: within.update(made)))


_OF_CLASSES = {"__dict__", "__weakref__", "__get_pydantic_core_schema__"}
