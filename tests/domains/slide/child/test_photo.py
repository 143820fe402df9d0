"""The picture beside every program."""

from __future__ import annotations

import io

from PIL import Image

from vsdpo_jax.domains.slide.child.photo import HEIGHT, WIDTH, photo


def test_it_is_a_landscape_of_its_size_and_the_same_every_time():
    first = photo()
    photo.cache_clear()
    assert photo() == first
    picture = Image.open(io.BytesIO(first))
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))
    sky, sun, meadow = (picture.getpixel(place) for place in ((50, 20), (605, 135), (400, 590)))
    assert sky[2] > sky[0] + 60
    assert min(sun[:2]) > 220
    assert meadow[1] > max(meadow[0], meadow[2])
    assert len(picture.getcolors(WIDTH * HEIGHT)) > 300
