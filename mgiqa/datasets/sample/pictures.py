"""Writing images so that the same pixels give the same bytes."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write_picture(pixels: NDArray[np.float64], path: Path) -> None:
    """Writes pixels in [0, 1], shape (h, w, 3), as PNG or, at quality 95 with full color, JPEG; by the suffix."""
    image = Image.fromarray(np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8))
    options: dict[str, Any] = {"quality": 95, "subsampling": 0} if path.suffix == ".jpg" else {"compress_level": 6}
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
