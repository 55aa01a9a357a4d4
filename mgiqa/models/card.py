"""README.md of a model folder: what the Hub reads of it, and how plain transformers asks it the project's question."""

from collections.abc import Mapping
from typing import Any

import yaml

from mgiqa.attributes import ATTRIBUTES, HIGHEST, KEYS, LOWEST
from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.origin import how_read
from mgiqa.overall import EXPONENT, parts

CARD = "README.md"
LONGEST = 512
"""Tokens of the longest answer."""


def model_card(origin: Mapping[str, Any], needs_torchvision: bool) -> str:
    """The same origin gives the same text: no times, and no paths.

    Args:
        origin: content of ``model.json``.
        needs_torchvision: whether transformers' own processor of the model asks for torchvision.
    """
    facts: dict[str, Any] = {"library_name": "transformers", "pipeline_tag": "image-text-to-text"}
    if origin.get("revision"):  # a model of the Hub; others are folders of whoever made it, or built here
        facts |= {"base_model": origin["model"]}
    facts |= {"tags": ["image-quality-assessment"]}
    return "\n".join(
        [
            "---",
            yaml.safe_dump(facts, sort_keys=False).rstrip(),
            "---",
            "",
            "# Image quality, with reasons",
            "",
            f"Judges one image by {', '.join(a.label.lower() for a in ATTRIBUTES[:-1])} and as a whole: a line of "
            f"reasoning for each, then scores from {LOWEST:g} (worst) to {HIGHEST:g} (best).",
            "",
            "## Use",
            "",
            *(_without_torchvision() if needs_torchvision else ["Needs torch, transformers and pillow."]),
            "",
            *_block(_PIECES if needs_torchvision else _WHOLE),
            *(_with_torchvision() if needs_torchvision else []),
            "",
            *_reading(origin),
            "",
        ]
    )


def _without_torchvision() -> list[str]:
    return ["Needs torch, transformers and pillow; torchvision is not needed."]


def _with_torchvision() -> list[str]:
    text = (
        "Where torchvision is installed, which transformers asks for because its processor of this model takes videos "
        "too, the processor does all that by itself. It shrinks images by other arithmetic, so that scores may differ "
        "a little."
    )
    return ["", text, "", *_block(_WHOLE)]


def _reading(origin: Mapping[str, Any]) -> list[str]:
    lines = ["## Scores", "", f"`<answer>` holds one score for each of {', '.join(KEYS)}."]
    if how_read(origin) == "pooled":
        names = [KEYS[column] for column in parts(len(KEYS))]
        lacking = " + ".join(f"({HIGHEST:g} - {name})**{EXPONENT:g}" for name in names)
        lines += [
            "This model was trained so that its overall score counts half, and half what three of the others say "
            f"together: `(overall + {HIGHEST:g} - (({lacking}) / {len(names)}) ** (1 / {EXPONENT:g})) / 2`",
        ]
    return lines


def _block(code: str) -> list[str]:
    return ["```python", code.strip(), "```"]


_QUESTION = f'question = """{PROMPT.text}"""'
_ANSWER = f"""max_new_tokens={LONGEST}, do_sample=False, stop_strings=["{STOP}"]"""

_PIECES = f"""
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

folder = "."  # where this file lies
{_QUESTION}

model = AutoModelForImageTextToText.from_pretrained(folder, dtype="auto").eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")

photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
image = processor(photo, return_tensors="pt")
turn = {{"role": "user", "content": [{{"type": "image"}}, {{"type": "text", "text": question}}]}}
text = tokenizer.apply_chat_template([turn], add_generation_prompt=True, tokenize=False)
seen = int(image["image_grid_thw"].prod()) // processor.merge_size**2  # tokens that the image takes
words = tokenizer(text.replace("<|image_pad|>", "<|image_pad|>" * seen), return_tensors="pt")
kinds = (words["input_ids"] == model.config.image_token_id).int()  # 1 where the image is, 0 where words are
written = model.generate(**words, **image, mm_token_type_ids=kinds, {_ANSWER}, tokenizer=tokenizer)
print(tokenizer.decode(written[0, words["input_ids"].shape[1] :], skip_special_tokens=True))
"""

_WHOLE = f"""
from PIL import Image, ImageOps
from transformers import AutoModelForImageTextToText, AutoProcessor

folder = "."  # where this file lies
{_QUESTION}

model = AutoModelForImageTextToText.from_pretrained(folder, dtype="auto").eval()
processor = AutoProcessor.from_pretrained(folder)

photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
turn = {{"role": "user", "content": [{{"type": "image"}}, {{"type": "text", "text": question}}]}}
text = processor.apply_chat_template([turn], add_generation_prompt=True)
inputs = processor(text=[text], images=[photo], return_tensors="pt")
written = model.generate(**inputs, {_ANSWER}, tokenizer=processor.tokenizer)
print(processor.decode(written[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))
"""
