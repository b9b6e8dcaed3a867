"""Replay the build of the container image where no container engine runs, then start what came out.

Each stage gets a directory with a small Debian in it. RUN runs there with `chroot` in namespaces of its own, COPY
takes what .dockerignore lets through, and the last stage is started the way compose.yaml starts it: as its user, on a
read-only root, with /tmp and the volume as the only places to write. The health check runs inside, the stop signal
ends it. What a directory cannot show is said at the end.

    sudo python tools/replay_image.py --work /var/tmp/replay        (needs debootstrap; 1 to 5 minutes)

`FROM python:3.11-slim` is stood in for by Debian 12 with its own Python 3.11, because an image can only come from a
registry of images.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.dockerfile import NotUnderstood, Stage, Step, command_of, pairs, read_dockerfile, sent  # noqa: E402

SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
BASE_ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
# How a machine reaches its package registries is its own business, and stays out of the image.
PASSED = (
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
)
NOT_SHOWN = (
    "the base image itself (its Python, its libraries, its size)",
    "layers, caching and what a registry stores",
    "what the engine adds at run time: cgroup limits, dropped capabilities, seccomp, its network",
)
MEBIBYTE = 1024 * 1024


class Failed(Exception):
    """A step of the build, or the start of what was built, did not do what it must."""


@dataclass(slots=True)
class Report:
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)


@dataclass(slots=True)
class Replayed:
    """A stage as it stands: its directory, its environment, where and as whom commands run."""

    root: Path
    env: dict[str, str]
    directory: str = "/"
    user: str = "root"


def main() -> int:
    parser = argparse.ArgumentParser(description="Replay the image build without a container engine.")
    parser.add_argument("--work", type=Path, required=True, help="an empty directory for about 2 GB")
    parser.add_argument("--base", type=Path, help="a root to begin with, instead of making one")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--keep", action="store_true", help="leave the roots for a look")
    options = parser.parse_args()
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("unshare", "chroot", "debootstrap")):
        print("The replay needs root, debootstrap, unshare and chroot.", file=sys.stderr)
        return 2
    report = Report()
    try:
        replay(options.work, options.base, options.mirror, options.port, report)
    except (Failed, NotUnderstood) as error:
        report.say(f"FAILED: {error}")
        return 1
    finally:
        if not options.keep:
            for stage in options.work.glob("stage-*"):
                shutil.rmtree(stage, ignore_errors=True)
    report.say("Not shown by a replay: " + "; ".join(NOT_SHOWN) + ".")
    return 0


def replay(work: Path, base: Path | None, mirror: str, port: int, report: Report) -> None:
    work.mkdir(parents=True, exist_ok=True)
    base = base or make_base(work / "base", mirror)
    stages = read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    done: dict[str, Replayed] = {}
    for number, stage in enumerate(stages):
        report.say(f"FROM {stage.base}: stood in for by Debian {SUITE}")
        root = work / f"stage-{number}"
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", base, root], check=True)
        done[stage.name] = run_stage(stage, root, done, report)
        report.say(f"  stage “{stage.name}” adds {(weigh(root) - weigh(base)) / MEBIBYTE:.0f} MB to its base")
    last = stages[-1]
    start(last, done[last.name], port, report)


def make_base(root: Path, mirror: str) -> Path:
    """A Debian whose `python` is the one of /usr/local, with a pip that nobody manages, as in the official image."""
    if (root / "usr/local/bin/python").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    made = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, root, mirror]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    finish_base(root)
    return root


def finish_base(root: Path) -> None:
    inside(Replayed(root, dict(BASE_ENV)), ["python3", "-m", "venv", "/usr/local"])


def run_stage(stage: Stage, root: Path, done: dict[str, Replayed], report: Report) -> Replayed:
    here = Replayed(root, dict(BASE_ENV))
    for step in stage.steps:
        began = time.monotonic()  # noqa: TID251 - a tool at a terminal has no Clock
        if apply(step, here, done):
            spent = time.monotonic() - began  # noqa: TID251
            report.say(f"  {step.name} {shorten(step.text)}  {spent:.1f} s")
    return here


def apply(step: Step, here: Replayed, done: dict[str, Replayed]) -> bool:
    """Whether the step did something now; others only say how the image is started."""
    match step.name:
        case "RUN":
            inside(here, ["/bin/sh", "-c", step.text])
        case "COPY":
            copy(step, here, done)
        case "ENV":
            here.env |= {name: expand(value, here.env) for name, value in pairs(step)}
        case "WORKDIR":
            here.directory = step.text
            (here.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            here.user = step.text
        case "VOLUME" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "CMD" | "LABEL":
            return False
        case _:
            raise NotUnderstood(f"line {step.line}: {step.name}")
    return step.name in {"RUN", "COPY"}


def copy(step: Step, here: Replayed, done: dict[str, Replayed]) -> None:
    *sources, target = step.arguments
    into = here.root / os.path.normpath(os.path.join(here.directory, target)).lstrip("/")  # noqa: PTH118
    stage = step.options.get("from")
    if stage is not None:
        if len(sources) != 1:
            raise NotUnderstood(f"line {step.line}: several sources from a stage")
        into.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", done[stage].root / sources[0].lstrip("/"), into], check=True)
        return
    let_through = sent(ROOT, (ROOT / ".dockerignore").read_text(encoding="utf-8"))
    for source in sources:
        whole = source == "."
        names = [name for name in let_through if whole or name == source]
        if not names:
            raise Failed(f"line {step.line}: .dockerignore lets nothing through for {source}")
        for name in names:
            to = into / name if whole else into / Path(name).name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to)


def inside(here: Replayed, command: list[str]) -> None:
    """Run to the end inside the root, as its user, with this machine's way to its registries."""
    env = here.env | {name: os.environ[name] for name in PASSED if name in os.environ}
    done = subprocess.run(entered(here, command), env=env, capture_output=True, text=True, timeout=1800)
    if done.returncode != 0:
        raise Failed(f"{shlex.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def entered(here: Replayed, command: list[str], *, mounts: str = "") -> list[str]:
    """The command line that runs *command* in the root, in mount and process namespaces of its own."""
    root = shlex.quote(str(here.root))
    lines = [
        f"mount --rbind {root} {root}",
        f"cd {root}",
        "mount -t proc proc proc",
        "mount --rbind /dev dev",
        # Names of hosts and certificates come from this machine; neither is written into the root.
        "touch etc/resolv.conf && mount --bind /etc/resolv.conf etc/resolv.conf",
        "mount --bind /etc/ssl/certs etc/ssl/certs",
        mounts,
        f'exec chroot --userspec={here.user} . /bin/sh -c \'cd "$0" && exec "$@"\' {here.directory} '
        + shlex.join(command),
    ]
    script = "set -e\n" + "\n".join(line for line in lines if line)
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script]


def start(stage: Stage, here: Replayed, port: int, report: Report) -> None:
    """As compose.yaml does: a read-only root, a volume that begins as the image's directory, an empty /tmp."""
    volume_step, health, stop = stage.last("VOLUME"), stage.last("HEALTHCHECK"), stage.last("STOPSIGNAL")
    cmd = stage.last("CMD")
    if volume_step is None or health is None or stop is None or cmd is None:
        raise Failed("the last stage has no VOLUME, HEALTHCHECK, STOPSIGNAL or CMD")
    path = volume_step.arguments[0].lstrip("/")
    volume = here.root.parent / "volume"
    shutil.rmtree(volume, ignore_errors=True)
    subprocess.run(["cp", "-a", here.root / path, volume], check=True)
    mounts = f"mount --bind {shlex.quote(str(volume))} {path}\nmount -t tmpfs tmpfs tmp && mount -o remount,bind,ro ."
    here.env |= {"ISEKAI_PORT": str(port), "HOME": "/" + path}
    began = time.monotonic()  # noqa: TID251
    log = here.root.parent / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            entered(here, command_of(cmd), mounts=mounts), env=here.env, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        check_running(process, here, command_of(health), mounts, port, report, began)
        ended(process, getattr(signal, stop.text), report)
    except Failed as error:
        raise Failed(f"{error}\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def check_running(
    process: "subprocess.Popen[bytes]",
    here: Replayed,
    health: list[str],
    mounts: str,
    port: int,
    report: Report,
    began: float,
) -> None:
    answer = wait_until_ready(process, port)
    report.say(f"  started in {time.monotonic() - began:.1f} s, ready: {json.dumps(answer['checks'])}")  # noqa: TID251
    inside_check = subprocess.run(entered(here, health, mounts=mounts), env=here.env, timeout=60, capture_output=True)
    if inside_check.returncode != 0:
        raise Failed(f"the health check failed: {inside_check.stderr.decode()[-500:]}")
    server = server_of(process.pid)
    owner = (Path("/proc") / str(server) / "status").read_text().split("Uid:\t", 1)[1].split()[0]
    if owner == "0":
        raise Failed("the server runs as root")
    report.say(f"  health check passed; process 1 of its namespace runs as user {owner} on a read-only root")


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> dict[str, dict[str, str]]:
    for _ in range(120):
        if process.poll() is not None:
            raise Failed(f"it ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as response:
                return json.load(response)
        except OSError:
            time.sleep(0.5)  # noqa: TID251
    raise Failed("it was not ready within a minute")


def ended(process: "subprocess.Popen[bytes]", number: signal.Signals, report: Report) -> None:
    began = time.monotonic()  # noqa: TID251
    os.kill(server_of(process.pid), number)
    status = process.wait(timeout=60)
    if status != 0:
        raise Failed(f"after {number.name} it ended with {status}")
    report.say(f"  {number.name} ended it with status 0 within {time.monotonic() - began:.1f} s")  # noqa: TID251


def server_of(unshare: int) -> int:
    """Process 1 of the namespace: unshare's only child, which became the server."""
    return int(Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()[0])


def expand(value: str, env: dict[str, str]) -> str:
    for name, known in env.items():
        value = value.replace(f"${name}", known).replace(f"${{{name}}}", known)
    return value


def weigh(root: Path) -> int:
    done = subprocess.run(["du", "-sxb", root], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:89]}…"


if __name__ == "__main__":
    sys.exit(main())
