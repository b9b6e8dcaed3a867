"""The C library’s memory, as the kernel sees it."""

import platform
import subprocess
import sys

import pytest

# Eight threads at work at once; an arena is memory that begins at a multiple of 64 MiB.
SHARING = """
import sys, threading
from data.c_memory import share_arenas

if sys.argv[1:]:
    share_arenas()
ready = threading.Barrier(9)

def work():
    kept = [bytearray(20_000) for _ in range(20)]
    ready.wait()
    ready.wait()

for _ in range(8):
    threading.Thread(target=work).start()
ready.wait()
starts = [int(line.split("-")[0], 16) for line in open("/proc/self/maps")]
print(sum(start % (64 << 20) == 0 for start in starts))
ready.wait()
"""

# Fifty megabytes in blocks that lie side by side; the last one stays, so that what is free lies in between.
FREEING = """
import resource
from data.c_memory import return_what_is_free

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() // 2**20

blocks = [bytearray(100_000) for _ in range(500)]
del blocks[:-1]
before = resident()
return_what_is_free()
print(before - resident())
"""

only_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no arenas")


def number_of(program: str, *arguments: str) -> int:
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return int(ran.stdout)


def arenas_beside_the_first(*arguments: str) -> int:
    return number_of(SHARING, *arguments)


@only_glibc
def test_threads_share_two_arenas() -> None:
    shared, as_they_come = arenas_beside_the_first("share"), arenas_beside_the_first()

    # One beside the first, and eight; now and then something else lies at such an address by chance.
    assert shared <= 3 < 6 <= as_they_come


@only_glibc
def test_what_lies_unused_goes_back_to_the_system() -> None:
    assert number_of(FREEING) > 40
