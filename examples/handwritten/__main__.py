"""A registry declared by hand: one collection, one link, two members, and a look at another registry.

The key comes from the environment (WANDB_API_KEY or `wandb login`), never from the stack's configuration.
"""

import pulumi

from providers import (
    Collection,
    CollectionArgs,
    Link,
    LinkArgs,
    Membership,
    MembershipArgs,
    Registry,
    RegistryArgs,
    get_collection,
    get_registry,
)

config = pulumi.Config()
organization = config.require("organization")
NAME = "by-hand"

# Looked up, not managed: what somebody else rules.
shared = get_registry(organization, config.require("shared"))
pulumi.export("shared", {"path": shared.path, "visibility": shared.visibility})
pulumi.export("baseline", get_collection(organization, shared.name, "baseline").versions)

registry = Registry(
    "registry",
    RegistryArgs(
        organization=organization,
        name=NAME,
        visibility="restricted",
        description="Declared by hand",
        artifact_types=["model"],
    ),
    # Only `pulumi state unprotect` lets anything delete it.
    pulumi.ResourceOptions(protect=True),
)

# Additive: members who came by other hands stay.
person = Membership(
    "person",
    MembershipArgs(
        organization=organization,
        registry=NAME,
        kind="user",
        principal=config.require("person"),
        role=config.get("role") or "member",
    ),
    pulumi.ResourceOptions(depends_on=[registry]),
)
team = Membership(
    "team",
    MembershipArgs(
        organization=organization,
        registry=NAME,
        kind="team",
        principal=config.require("team"),
        role="viewer",
    ),
    # Taken out of this program, the team keeps its access.
    pulumi.ResourceOptions(depends_on=[registry], retain_on_delete=True),
)

collection = Collection(
    "churn",
    CollectionArgs(
        organization=organization,
        registry=NAME,
        name="churn",
        type="model",
        description="Written once, edited in W&B",
    ),
    pulumi.ResourceOptions(
        depends_on=[person, team],  # nothing is there to be seen before its members are
        ignore_changes=["description"],
        aliases=[pulumi.Alias(name="churn-model")],  # the resource's former name in this program
    ),
)

link = Link(
    "champion",
    LinkArgs(
        organization=organization,
        registry=NAME,
        collection="churn",
        source=config.require("source"),
        aliases=[config.get("alias") or "production"],
    ),
    pulumi.ResourceOptions(depends_on=[collection]),
)

pulumi.export("url", collection.url)
pulumi.export("champion", link.number)
