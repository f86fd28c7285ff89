"""Pictures that nobody took, for tests of photos."""

from __future__ import annotations

import io

from PIL import Image

PLACE = "116.83,40.91"
"""What a phone writes into a photo of where it was taken."""
_MAKE, _ORIENTATION, _DESCRIPTION, _GPS = 0x010F, 0x0112, 0x010E, 0x8825


def picture(
    width: int = 400, height: int = 300, format_: str = "JPEG", orientation: int = 1
) -> bytes:
    """A picture, red on the left and white on the right, with what a phone writes beside it."""
    mode = "RGBA" if format_ == "PNG" else "RGB"
    drawn = Image.new(mode, (width, height), "white")
    drawn.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[_MAKE], exif[_DESCRIPTION], exif[_ORIENTATION] = "华为", PLACE, orientation
    exif.get_ifd(_GPS).update({1: "N", 2: (40.0, 54.0, 36.0)})
    file = io.BytesIO()
    drawn.save(file, format_, exif=exif.tobytes())
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    """A picture as it is kept, whole."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
