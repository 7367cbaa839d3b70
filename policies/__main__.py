"""The policy pack: `pulumi preview --policy-pack policies`; a rule is mandatory unless it says otherwise."""

from pulumi_policy import EnforcementLevel, PolicyPack
from registry_policies import policies

PolicyPack("wandb-registry", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
