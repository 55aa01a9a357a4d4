"""Every mode turned into 8-bit RGB by one rule.

* grayscale, bilevel: the value in all three channels;
* palette, and anything with transparency: laid over white;
* 16-bit grayscale: the upper 8 of the 16 bits (Pillow reads 16-bit color that way itself);
* CMYK, YCbCr, HSV: Pillow's conversion, without color management;
* Lab, 32-bit integers beyond 16 bits and floating point: refused, since their white is not known.
"""

import numpy as np
from PIL import Image

from mgiqa.errors import ImageError

_EIGHT_BITS = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"})
_SIXTEEN_BITS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})


def to_rgb(image: Image.Image, name: str = "the image") -> Image.Image:
    """Turns any mode into RGB by the rule at the top of this file.

    Raises:
        ImageError: the mode has no known white.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in _SIXTEEN_BITS or _fits_sixteen_bits(image):
        high = (np.asarray(image) >> 8).astype(np.uint8)
        return Image.fromarray(high).convert("RGB")
    if image.mode not in _EIGHT_BITS:
        raise ImageError(f"{name} has pixels of an unknown range (mode {image.mode})", remedy="Save it as 8-bit RGB.")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), layered).convert("RGB")
    return image.convert("RGB")


def _fits_sixteen_bits(image: Image.Image) -> bool:
    if image.mode != "I":
        return False
    low, high = image.getextrema()
    return low >= 0 and high <= 0xFFFF  # type: ignore[operator]
