"""Reinforcement learning to rank: TRL's GRPO with our reward, sampler and checkpoints."""
