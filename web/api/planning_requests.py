"""What planning requests hold. Limits of meaning are checked in `core/planning`, which has the sentences."""

from typing import Any

from web.requests import Field, Request

Day = int | str


class RuleGiven(Request):
    """`fixed_time` needs `time`; `fixed_interval` needs `every_minutes`; `daily_quota` needs `per_day`."""

    id: str | None = None
    kind: str = Field(examples=["fixed_time", "fixed_interval", "daily_quota"])
    days: list[Day] | None = Field(default=None, description="0 (Monday) to 6, or mon … sun; none: every day")
    time: str | None = Field(default=None, examples=["18:00"])
    every_minutes: int | None = None
    count: int | None = None
    per_day: int | None = None
    start: str | None = Field(default=None, examples=["09:00"])
    end: str | None = Field(default=None, examples=["21:00"])


class PoolGiven(Request):
    tags: list[str] | str = Field(default=[], description="any of these")
    galleries: list[str] = Field(default=[], description="any of these folder ids")
    not_flagged: list[str] = Field(default=[], description="none of these flags", examples=[["is_mature"]])
    template: str = ""


class JitterGiven(Request):
    min_seconds: int = 0
    max_seconds: int = 0


class DefaultGiven(Request):
    """`field` is any field of a post, or `description_template` or `comment_template` with a template's id."""

    field: str = Field(examples=["tags", "is_mature", "description_template"])
    value: Any = None
    mode: str = Field(default="if_unset", description="if_unset or always")


class AutomationFields(Request):
    name: str | None = None
    color: str | None = None
    account_id: str | None = None
    time_zone: str | None = None
    enabled: bool | None = None
    rules: list[RuleGiven] | None = Field(default=None, max_length=100)
    order: str | None = Field(default=None, description="random, fifo, lifo or manual")
    pool: PoolGiven | None = None
    jitter: JitterGiven | None = None
    missed: str | None = Field(default=None, description="skip or catch_up")
    defaults: list[DefaultGiven] | None = Field(default=None, max_length=50)
    stash_only: bool | None = None
    price_preset_id: str | None = None
    series_gap_hours: float | None = Field(default=None, description="0 to 2160")
    notice_days: int | None = None


class CreateAutomation(AutomationFields):
    name: str


class ChangeAutomation(AutomationFields):
    version: int | None = Field(default=None, ge=1, le=2**62)


class PreviewAutomation(AutomationFields):
    """Fields to try out without saving them."""

    days: int = 30


class RunAutomation(Request):
    override_pacing: bool = False


class Ids(Request):
    ids: list[str] = Field(max_length=1000)


class SlotGiven(Request):
    weekday: Day | None = None
    days: list[Day] | None = None
    time: str = Field(examples=["18:00"])


class SetSlots(Request):
    slots: list[SlotGiven] = Field(max_length=400)


class AddToQueue(Request):
    ids: list[str] = Field(min_length=1, max_length=200)


class SwapInQueue(Request):
    id: str
    other: str


class ShuffleQueue(Request):
    account_id: str


class SpreadGiven(Request):
    """`ids` over `first` to `last` (or so many `weeks`), between `start` and `end` of each day."""

    ids: list[str] = Field(max_length=500)
    first: str | None = Field(default=None, examples=["2026-11-24"])
    last: str | None = None
    weeks: int | None = None
    start: str | None = Field(default=None, examples=["18:00"])
    end: str | None = Field(default=None, examples=["22:00"])
    days: list[Day] | None = None
    min_gap_minutes: int | None = Field(default=None, ge=0, le=100000)
    order: str | None = Field(default=None, description="given, oldest, newest or random")
    seed: int | None = Field(default=None, ge=0, le=2**53)
    time_zone: str | None = None
    override_pacing: bool = False


class SetPacing(Request):
    min_gap_minutes: int | None = None
    max_per_day: int | None = None
    quiet_start: str | None = Field(default=None, examples=["22:00"])
    quiet_end: str | None = Field(default=None, examples=["07:00"])
    move_up: bool | None = None


class AddHoliday(Request):
    first: str = Field(examples=["2026-12-24"])
    last: str | None = None
    mode: str = "shift"
    name: str = ""


class SaveSeries(Request):
    """`ids` are the parts, in order."""

    name: str
    ids: list[str] = Field(max_length=1000)
    gap_hours: float | None = Field(default=None, description="0 to 2160; absent: as the automation says")
