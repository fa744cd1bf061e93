"""The pictures of the documentation: a browser shows what was drawn."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from playwright.sync_api import Page

from scripts.pictures import Pixels, gif, png

SHOWN = """async ([data, type]) => {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
  const decoder = new ImageDecoder({data: bytes, type});
  await decoder.tracks.ready;
  await decoder.completed;
  const frames = [];
  for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex++) {
    const {image} = await decoder.decode({frameIndex});
    const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    frames.push({pixels: Array.from(data), seconds: image.duration / 1e6});
  }
  return frames;
}"""


def shown(page: Page, data: bytes, kind: str, like: Pixels) -> list[tuple[Pixels, float]]:
    """Return what a browser makes of a picture: its frames, and for how long each is there."""
    page.route("https://pictures.test/", lambda route: route.fulfill(body=""))
    page.goto("https://pictures.test/")  # decoders are for secure pages
    frames: list[dict[str, Any]] = page.evaluate(SHOWN, [base64.b64encode(data).decode(), kind])
    height, width, _ = like.shape
    return [
        (np.array(frame["pixels"], np.uint8).reshape(height, width, 4)[..., :3], frame["seconds"])
        for frame in frames
    ]


def noise(*shape: int) -> Pixels:
    """Return a picture that no compression makes small, of 216 colours."""
    return (np.random.default_rng(0).integers(0, 6, shape) * 51).astype(np.uint8)


def test_a_png_of_few_colours_is_exact(page: Page) -> None:
    drawn = noise(90, 120, 3)
    [(seen, _)] = shown(page, png(drawn), "image/png", drawn)
    assert np.array_equal(seen, drawn)


def test_rare_colours_become_the_nearest_ones(page: Page) -> None:
    drawn = noise(90, 120, 3)
    drawn[::9, ::7] += np.arange(3, dtype=np.uint8)[None, None, :]
    drawn[0, :100, 2] = np.arange(100)
    [(seen, _)] = shown(page, png(drawn), "image/png", drawn)
    assert np.abs(seen.astype(int) - drawn).max() <= 26


def test_a_gif_shows_each_frame_for_its_time(page: Page) -> None:
    first = noise(90, 120, 3)  # enough for the codes to begin anew
    second = first.copy()
    second[20:40, 30:100] = 255 - second[20:40, 30:100]
    third = second.copy()
    third[60, 60] = 0
    drawn = [(first, 0.1), (second, 0.25), (second, 0.5), (third, 2.0)]
    seen = shown(page, gif(drawn), "image/gif", first)
    assert [seconds for _, seconds in seen] == [seconds for _, seconds in drawn]
    for (pixels, _), (expected, _) in zip(seen, drawn, strict=True):
        assert np.array_equal(pixels, expected)
