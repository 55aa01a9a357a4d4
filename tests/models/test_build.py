import torch
from transformers import Qwen2_5_VLForConditionalGeneration


def test_the_same_seed_gives_the_same_weights(build):
    first, second, other = build(0).state_dict(), build(0).state_dict(), build(1).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_building_leaves_the_random_state_of_others_alone(build):
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    build(3)
    assert torch.equal(torch.rand(1), expected)


def test_it_is_a_qwen_of_about_a_million_weights(build):
    model = build(0)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    assert 1e6 < sum(weight.numel() for weight in model.parameters()) < 2e6


def test_before_any_training_tokens_tell_blur_from_noise(build, processor, noise):
    model, smooth = build(0), [image.resize((4, 4)).resize(image.size) for image in noise]

    def energies(images):
        inputs = processor.image_processor(images=images, return_tensors="pt")
        with torch.no_grad():
            tokens = model.get_image_features(inputs["pixel_values"], inputs["image_grid_thw"]).pooler_output
        return torch.stack([one.mean(dim=0) for one in tokens])

    sharp, blurred = energies(noise), energies(smooth)
    within = max(torch.cdist(sharp, sharp).max(), torch.cdist(blurred, blurred).max())
    assert torch.cdist(sharp, blurred).mean() > within / 2
