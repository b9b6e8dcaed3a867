"""An S3 server on loopback (moto's), and settings that lead to it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from core.settings import S3Settings


def s3_settings(endpoint: str, **changes: object) -> S3Settings:
    settings = S3Settings(
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="AKIATESTTESTTEST",
        secret_access_key="made-up",
        bucket=f"pictures-{secrets.token_hex(4)}",
        force_path_style=True,
        presigned_endpoint=None,
        path_prefix="tenant/",
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address, while it runs."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
