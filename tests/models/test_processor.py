import numpy as np
import torch

from mgiqa.dialogue.prompt import PROMPT


def test_repeated_rows_are_as_if_each_was_processed_alone(processor, noise):
    text = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    images = [noise[0], noise[0], noise[1], noise[0]]
    together = processor(text=[text] * 4, images=images, return_tensors="pt")
    alone = [processor(text=[text], images=[image], return_tensors="pt") for image in images]
    for name in alone[0]:
        assert torch.equal(together[name], torch.cat([one[name] for one in alone])), name


def test_equal_images_that_are_other_objects_change_nothing(processor, noise):
    text = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    same = processor(text=[text] * 2, images=[noise[0], noise[0]], return_tensors="pt")
    copies = processor(text=[text] * 2, images=[noise[0], noise[0].copy()], return_tensors="pt")
    assert all(torch.equal(same[name], copies[name]) for name in same)


def test_images_of_several_sizes_are_repeated_in_place(processor, noise):
    wide = noise[0].resize((112, 56))
    text = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    images = [wide, noise[1], wide]
    inputs = processor(text=[text] * 3, images=images)
    sizes = [int(np.prod(grid)) for grid in inputs["image_grid_thw"]]
    first, _, last = np.split(np.asarray(inputs["pixel_values"]), np.cumsum(sizes)[:-1])
    np.testing.assert_array_equal(first, last)
