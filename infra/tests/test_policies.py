"""Each role allows what its function does and nothing else."""

import copy
import re

import pytest

from permissions import NEEDS, SECRETS, needed
from template import FILES, ROOT, as_list, load, resources

TEMPLATE = load()
FUNCTIONS = sorted(NEEDS)


def without_conditions(value):
    """What is there when all optional parts are."""
    if isinstance(value, dict) and "Fn::If" in value:
        return value["Fn::If"][1]
    return value


def name_of(resource):
    """A resource as permissions.py names it."""
    resource = without_conditions(resource)
    if isinstance(resource, dict):
        (form, value), = resource.items()
        return ".".join(value) if form == "Fn::GetAtt" else value
    return resource


def actions_of(statement):
    """The actions of a statement on AWS; those that only the local AWS knows are left out."""
    return [action for action in as_list(statement["Action"]) if not isinstance(action, dict)]


def granted(template, function):
    """The permissions of a function's role: resource to actions."""
    all_actions = {}
    for policy in template["Resources"][f"{function}Role"]["Properties"]["Policies"]:
        for statement in map(without_conditions, policy["PolicyDocument"]["Statement"]):
            assert statement["Effect"] == "Allow"
            for resource in as_list(statement["Resource"]):
                all_actions.setdefault(name_of(resource), set()).update(actions_of(statement))
    return all_actions


def statements(template):
    """Every list of actions in the functions' roles, with where it stands."""
    for function in FUNCTIONS:
        for policy in template["Resources"][f"{function}Role"]["Properties"]["Policies"]:
            for statement in map(without_conditions, policy["PolicyDocument"]["Statement"]):
                yield function, statement


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_what_its_function_does_and_nothing_else(function):
    assert granted(TEMPLATE, function) == needed(function)


def test_every_function_has_its_own_role():
    functions = resources(TEMPLATE, "AWS::Serverless::Function")
    roles = {name: function["Properties"]["Role"] for name, function in functions.items()}
    assert roles == {f"{name}Function": {"Fn::GetAtt": [f"{name}Role", "Arn"]} for name in FUNCTIONS}
    for name, role in resources(TEMPLATE, "AWS::IAM::Role").items():
        shared = {without_conditions(policy)["Ref"] for policy in role["Properties"]["ManagedPolicyArns"]}
        assert shared == {"TracePolicy", "KeyPolicy"}, name
        who, = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert who == {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def test_the_lack_of_any_single_permission_is_noticed():
    """Takes away every action and every resource of every role, one at a time."""
    taken = 0
    for place, (function, statement) in enumerate(statements(TEMPLATE)):
        for part, items in (("Action", actions_of(statement)), ("Resource", as_list(statement["Resource"]))):
            for item in items:
                template = copy.deepcopy(TEMPLATE)
                _, poorer = list(statements(template))[place]
                poorer[part] = [other for other in as_list(poorer[part]) if other != item]
                assert granted(template, function) != needed(function), (function, item)
                taken += 1
    assert taken > 80


@pytest.mark.parametrize("function", FUNCTIONS)
def test_secrets_reach_a_function_as_names_only(function):
    own = TEMPLATE["Resources"][f"{function}Function"]["Properties"]["Environment"]["Variables"]
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] | own
    for name, secret in SECRETS.items():
        if name in variables:
            assert name_of(variables[name]) == secret
    assert set(NEEDS[function]) <= set(variables)
    for parameter, about in TEMPLATE["Parameters"].items():
        if about.get("NoEcho"):
            assert parameter not in [name_of(value) for value in variables.values()], parameter


def test_asterisks_have_a_reason():
    """In policies, `*` stands beside or below a comment that says why."""
    for file in FILES:
        lines = (ROOT / file).read_text().splitlines()
        for number, line in enumerate(lines):
            code = line.split(" # ")[0]
            is_policy = re.search(r"(Action|Resource|SourceArn|Principal): ?.*\*", code)
            if is_policy and not code.strip().startswith("#"):
                assert "# why:" in line or "# why:" in lines[number - 1], f"{file}:{number + 1}: {line}"


def test_only_named_callers_may_invoke():
    api = resources(load("infra/api.yaml"), "AWS::Lambda::Permission")
    for name, permission in api.items():
        properties = permission["Properties"]
        assert properties["Principal"] == "apigateway.amazonaws.com"
        assert properties["SourceArn"]["Fn::Sub"].endswith(":${HttpApi}/*"), name
    assert len(api) == 6
    others = resources(TEMPLATE, "AWS::Lambda::Permission")
    assert set(others) == {"SmartThingsPermission", "IotPermission"}
    smartthings = others["SmartThingsPermission"]["Properties"]
    assert smartthings["Principal"] == {"Ref": "SmartThingsAccount"}
    assert smartthings["FunctionName"] == {"Ref": "WebhookFunction"}
    assert TEMPLATE["Parameters"]["SmartThingsAccount"]["Default"] == "148790070172"
    assert others["IotPermission"]["Properties"]["SourceArn"] == {"Fn::GetAtt": ["IotRule", "Arn"]}
