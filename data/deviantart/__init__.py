"""DeviantArt's API and authorisation server, version 20240701, spoken over aiohttp.

Facts and their sources: the project's fact sheet on the API (compiled 2026-11). That a repeated publish of one item
is refused with code 9 and never duplicated is inferred, not promised; confirm it once on a throwaway account and
write the date here: not confirmed yet.
"""
