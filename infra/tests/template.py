"""The templates as Python objects: short forms such as !Ref become {"Ref": …}."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = ["template.yaml", "infra/api.yaml", "infra/user-pool.yaml", "infra/monitoring.yaml"]


class Loader(yaml.SafeLoader):
    """Knows the short forms."""


def short_form(loader, suffix, node):
    """One short form: a scalar, a list or a map after !Name."""
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", short_form)


def load(file="template.yaml"):
    """One of the templates."""
    return yaml.load((ROOT / file).read_text(), Loader)


def resources(template, kind):
    """The resources of a type, by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def as_list(value):
    """IAM and CloudFormation take one or many alike."""
    return value if isinstance(value, list) else [value]
