"""Command names and descriptions, and button labels, in the readers' languages."""

from discord import Locale, app_commands
from discord.app_commands import TranslationContextTypes, locale_str

from bot.translations import DESCRIPTIONS, LABELS, NAMES, Row

# Position of each language in the rows of `translations.py`.
_COLUMNS = {
    Locale.german: 0,
    Locale.spain_spanish: 1,
    Locale.latin_american_spanish: 1,
    Locale.french: 2,
    Locale.japanese: 3,
}
LOCALES = tuple(_COLUMNS)
_NUMBERED = ("image",)  # image2 … image10 share a translation


class Words(app_commands.Translator):
    """Translates by the English text. What is not in the tables stays English."""

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        column = _COLUMNS.get(locale)
        return None if column is None else _find(string.message, column)


def _find(english: str, column: int) -> str | None:
    row = NAMES.get(english) or DESCRIPTIONS.get(english)
    if row is not None:
        return row[column]
    for stem in _NUMBERED:
        number = english.removeprefix(stem)
        if number != english and number.isdigit():
            return f"{NAMES[stem][column]}{number}"
    return None


def label_in(locale: str, english: str) -> str:
    """A button's label for readers of *locale* (a Discord code such as `de`)."""
    row: Row | None = LABELS.get(english)
    column = next((column for known, column in _COLUMNS.items() if known.value == locale), None)
    return english if row is None or column is None else row[column]
