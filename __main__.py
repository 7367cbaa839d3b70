"""The Pulumi program: it declares what stands in `stacks/<stack>.yaml`, and nothing else."""

from pathlib import Path

import pulumi

from providers import declare_stack_file

declare_stack_file(Path("stacks") / f"{pulumi.get_stack()}.yaml")
