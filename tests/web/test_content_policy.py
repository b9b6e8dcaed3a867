"""What a page may load, and from where."""

from web.middlewares import content_policy


def test_pages_load_everything_from_here() -> None:
    policy = content_policy(())

    assert "img-src 'self' data:;" in policy
    assert "media-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pictures_and_videos_may_come_from_the_image_store() -> None:
    policy = content_policy(("https://pictures.example",))

    assert "img-src 'self' data: https://pictures.example;" in policy
    assert "media-src 'self' https://pictures.example;" in policy
    assert "script-src 'self';" in policy


def test_scripts_may_speak_to_nobody_else_but_where_they_upload_to() -> None:
    assert "connect-src 'self';" in content_policy(("https://pictures.example",))

    policy = content_policy((), ("https://pictures.example",))

    assert "connect-src 'self' https://pictures.example;" in policy
    assert "img-src 'self' data:;" in policy
