"""accelerate reads the files of ``launch/`` with its own loader, and every engine of the settings has one."""

from pathlib import Path
from typing import Any, get_args

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from accelerate.utils.launch import prepare_multi_gpu_env

from mgiqa.settings.training import Launch

FOLDER = Path(__file__).parents[2] / "launch"
KINDS = {"ddp": DistributedType.MULTI_GPU, "fsdp": DistributedType.FSDP, "zero3": DistributedType.DEEPSPEED}


def validated(engine: str) -> Any:
    """The arguments of a launch, after accelerate has merged the file into them."""
    file = str(FOLDER / f"{engine}.yaml")
    arguments = ["--config_file", file, "--num_processes", "4", "--num_machines", "1", "program.py"]
    return _validate_launch_command(launch_command_parser().parse_args(arguments))[0]


def test_every_engine_but_the_local_one_has_a_file() -> None:
    engines = set(get_args(Launch.model_fields["engine"].annotation)) - {"local"}
    assert engines == {path.stem for path in FOLDER.glob("*.yaml")} == set(KINDS)


@pytest.mark.parametrize("engine", KINDS)
def test_accelerate_reads_the_file_as_what_it_is_called(engine: str) -> None:
    config = load_config_from_file(str(FOLDER / f"{engine}.yaml"))
    assert config.distributed_type == KINDS[engine]


@pytest.mark.parametrize("engine", KINDS)
def test_the_number_of_processes_comes_from_the_settings(engine: str) -> None:
    assert validated(engine).num_processes == 4


def test_fsdp_is_the_second_and_wraps_the_layers_that_models_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in prepare_multi_gpu_env(validated("fsdp")).items():
        if name.startswith(("FSDP", "ACCELERATE")):
            monkeypatch.setenv(name, value)
    plugin = FullyShardedDataParallelPlugin()
    assert plugin.fsdp_version == 2
    assert plugin.reshard_after_forward is True
    assert plugin.auto_wrap_policy.__name__ == "transformer_auto_wrap_policy"


def test_deepspeed_shares_out_weights_gradients_and_optimizer() -> None:
    found = validated("zero3")
    assert found.use_deepspeed
    assert int(found.zero_stage) == 3
    assert (found.offload_optimizer_device, found.offload_param_device) == ("none", "none")
