"""What the templates promise, read without deploying them."""

import re

from template import ROOT, as_list, load, resources

TEMPLATE = load()
API = load("infra/api.yaml")
POOL = load("infra/user-pool.yaml")
MONITORING = load("infra/monitoring.yaml")

ROUTES = {
    "HEAD /yandex/v1.0": "Link",
    "HEAD /yandex/{proxy+}": "Link",
    "POST /yandex/v1.0/user/unlink": "Link",
    "GET /yandex/v1.0/user/devices": "Discovery",
    "POST /yandex/v1.0/user/devices/query": "Query",
    "POST /yandex/v1.0/user/devices/action": "Action",
    "POST /yandex/rpc": "Webhook",
    "GET /sber/v1/ping": "Link",
    "GET /sber/v1/user": "Link",
    "POST /sber/v1/unlink": "Link",
    "GET /sber/v1/devices": "Discovery",
    "POST /sber/v1/query": "Query",
    "POST /sber/v1/command": "Action",
    "POST /smartthings": "Webhook",
    "PUT /v1/devices/{id}": "Report",
    "GET /v1/devices/{id}": "Report",
    "DELETE /v1/devices/{id}": "Report",
    "PATCH /v1/devices/{id}/state": "Report",
    "POST /v1/reports": "Report",
    "GET /v1/users/{user}/devices": "Report",
    "GET /v1/users/{user}/links": "Report",
    "POST /v1/users/{user}/resync": "Report",
    "DELETE /v1/users/{user}/links/{platform}": "Report",
    "GET /healthz": "Report",
}


def test_every_request_of_the_contract_has_a_route():
    routes = {
        route["Properties"]["RouteKey"]: route["Properties"]["Target"]["Fn::Sub"]
        for route in resources(API, "AWS::ApiGatewayV2::Route").values()
    }
    assert routes == {key: f"integrations/${{{function}Integration}}" for key, function in ROUTES.items()}
    for function in set(ROUTES.values()):
        integration = API["Resources"][f"{function}Integration"]["Properties"]
        assert integration["IntegrationUri"] == {"Ref": f"{function}Function"}
        assert integration["PayloadFormatVersion"] == "2.0"


def test_sign_in_leads_back_to_the_platforms_and_nowhere_else():
    clients = resources(POOL, "AWS::Cognito::UserPoolClient")
    assert {name: client["Properties"]["CallbackURLs"] for name, client in clients.items()} == {
        "YandexClient": ["https://social.yandex.net/broker/redirect"],
        "SberClient": [
            "https://gateway.iot.sberdevices.ru/gateway/v1/binder/backward",
            "https://gateway-ift-le.iot.pd.sberdevices.ru/",
        ],
        "SmartThingsClient": [
            "https://c2c-us.smartthings.com/oauth/callback",
            "https://c2c-eu.smartthings.com/oauth/callback",
            "https://c2c-ap.smartthings.com/oauth/callback",
            "https://c2c-us.smartthings.com/c2c-app-to-app-account-linking",
        ],
    }
    for client in clients.values():
        properties = client["Properties"]
        assert properties["AllowedOAuthFlows"] == ["code"]
        assert properties["EnableTokenRevocation"] is True, "without it tokens have no origin_jti"


def test_defaults_of_token_lifetimes_satisfy_sber():
    access = TEMPLATE["Parameters"]["AccessTokenHours"]
    refresh = TEMPLATE["Parameters"]["RefreshTokenDays"]
    assert refresh["Default"] * 24 >= 5 * access["Default"]
    assert refresh["MinValue"] * 24 >= 5 * access["MaxValue"], "the range alone keeps Sber's rule"


def test_every_parameter_is_described_and_grouped():
    parameters = TEMPLATE["Parameters"]
    for name, parameter in parameters.items():
        assert len(parameter.get("Description", "")) > 10, name
        if "AllowedPattern" in parameter:
            assert parameter.get("ConstraintDescription"), name
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(parameters)
    for name in ("YandexToken", "SberToken", "SmartThingsClientSecret"):
        assert parameters[name]["NoEcho"] is True


def test_nothing_but_platform_credentials_has_to_be_given():
    assert all("Default" in parameter for parameter in TEMPLATE["Parameters"].values())


def test_data_outlives_the_stack_if_asked():
    kept = [TEMPLATE["Resources"][name] for name in ("Table", "TokenKeySecret", "VendorKeySecret", "UserPool")]
    for resource in [*kept, POOL["Resources"]["Pool"]]:
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == {"Ref": "DataRetention"}


def test_logs_have_an_end():
    for template in (TEMPLATE, API):
        for name, group in resources(template, "AWS::Logs::LogGroup").items():
            assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for function in resources(TEMPLATE, "AWS::Serverless::Function").values():
        assert function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] in TEMPLATE["Resources"]


def test_every_alarm_wakes_somebody_and_is_explained():
    runbook = (ROOT / "docs/operating.md").read_text()
    headings = set(re.findall(r"^### `(\w+)`", runbook, re.MULTILINE))
    alarms = resources(MONITORING, "AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Wake"}]
        assert "docs/operating.md" in alarm["Properties"]["AlarmDescription"], name
    general = {re.sub("^(Yandex|Sber|SmartThings)(?=Late|Refuses|Silent)", "Platform", name) for name in alarms}
    assert general == headings


def test_rules_say_why():
    for name, rule in TEMPLATE["Rules"].items():
        for assertion in as_list(rule["Assertions"]):
            assert len(assertion["AssertDescription"]) > 30, name
