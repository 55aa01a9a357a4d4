import copy

import torch
from torch import nn

from mgiqa.training.optimizers import MuonAndAdamW, build_optimizer


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 6)])
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.out(x)


def net():
    torch.manual_seed(0)
    return Net()


def learn(model, optimizer, steps, start=0):
    for step in range(start, start + steps):
        x = torch.randn(32, 6, generator=torch.Generator().manual_seed(step))
        loss = (model(x) - x.prod(dim=1, keepdim=True).tanh()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_matrices_of_layers_go_to_muon_and_the_rest_to_adamw():
    muon, adamw = build_optimizer(net(), "muon", 1e-3).parts
    assert [tuple(weight.shape) for weight in muon.param_groups[0]["params"]] == [(6, 6), (6, 6)]
    assert len(adamw.param_groups[0]["params"]) == 4


def test_a_schedule_reaches_both():
    optimizer = build_optimizer(net(), "muon", 1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5)
    schedule.step()
    assert [part.param_groups[0]["lr"] for part in optimizer.parts] == [5e-4, 5e-4]


def test_frozen_weights_stay():
    model = net()
    model.layers[0].requires_grad_(False)
    before = model.layers[0].weight.clone()
    learn(model, build_optimizer(model, "muon", 1e-2), 3)
    assert torch.equal(model.layers[0].weight, before)


def test_saved_and_restored_it_goes_on_as_if_nothing_had_happened():
    model = net()
    optimizer = build_optimizer(model, "muon", 1e-2)
    learn(model, optimizer, 3)
    weights, state = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    learn(model, optimizer, 3, start=3)

    other = net()
    other.load_state_dict(weights)
    restored = build_optimizer(other, "muon", 1e-2)
    assert isinstance(restored, MuonAndAdamW)
    restored.load_state_dict(state)
    learn(other, restored, 3, start=3)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
