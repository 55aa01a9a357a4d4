"""Which reward the settings of the stage ``train`` name."""

from mgiqa.reward.advantage import RewardSettings, settings_named
from mgiqa.settings.training import Train


def reward_settings(train: Train) -> RewardSettings:
    """The reward with its options.

    Raises:
        SettingsError: there is no such reward or option; see ``settings_named``.
    """
    return settings_named(train.reward, attributes=train.attributes, options=train.reward_options)
