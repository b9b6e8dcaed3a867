"""The rooms beside the posts, in one bundle for the ways in."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.exclusives.ports import SaleReads
from core.exclusives.presets import Presets
from core.exclusives.sales import Sales
from core.inspiration.browser import Browser
from core.inspiration.keeping import Keeping
from core.inspiration.ports import KeepReads
from core.library.folder_search import FolderReads
from core.library.folders import Folders
from core.library.ports import LibraryReads
from core.library.tag_helper import TagHelper
from core.library.templates import Templates
from core.published.errands import Errands
from core.published.figures import FigureKeeper
from core.published.keeper import AfterKeeper
from core.published.ports import FigureReads
from core.published.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Rooms:
    """Use cases and reads. `picture_hosts`: where a page may show DeviantArt's pictures from."""

    templates: Templates
    library: LibraryReads
    tag_helper: TagHelper
    folders: Folders
    folder_reads: FolderReads
    presets: Presets
    sales: Sales
    sale_reads: SaleReads
    browser: Browser
    keeping: Keeping
    keeps: KeepReads
    wishes: Wishes
    figures: FigureReads
    errands: Errands
    figure_keeper: FigureKeeper
    keeper: AfterKeeper
    picture_hosts: str

    async def clean(self) -> Mapping[str, int]:
        """What has run out goes: copies, removed templates, screenshots, samples of years ago."""
        await self.templates.clean()
        await self.sales.clean()
        await self.figure_keeper.clean()
        return {"copies": await self.browser.sweep()}
