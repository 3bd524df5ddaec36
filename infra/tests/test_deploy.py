"""The story of one deployment, in order: refused, deployed, linked, used, broken, healed, updated, deleted.

Every test goes on from where the one before it ended, so run the file as a whole.
"""

import base64
import json
import os
import subprocess

import pytest

import sign_in
from local_aws import wait_until
from platforms import NAMES, SECRETS, SKILL
from stack import Stack, http

USER, PASSWORD = "anna@example.com", "correct horse battery"
LAMP = {
    "type": "light",
    "name": "Лампа",
    "room": "Зал",
    "manufacturer": "Acme",
    "model": "L1",
    "traits": {"on_off": {}, "brightness": {}},
}
# The same two traits in the words of each platform: the switch, the brightness, and how 70 % is written.
SWITCH = {
    "yandex": "devices.capabilities.on_off/on",
    "sber": "on_off",
    "smartthings": "main/st.switch/switch",
}
BRIGHTNESS = {
    "yandex": "devices.capabilities.range/brightness",
    "sber": "light_brightness",
    "smartthings": "main/st.switchLevel/level",
}
ON = {
    "yandex": {"capabilities": [{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": True}}]},
    "sber": {"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": True}}]},
    "smartthings": {"commands": [{"component": "main", "capability": "st.switch", "command": "on", "arguments": []}]},
}
REDIRECT = {
    "yandex": ("YandexSignInClient", "https://social.yandex.net/broker/redirect"),
    "sber": ("SberSignInClient", "https://gateway.iot.sberdevices.ru/gateway/v1/binder/backward"),
    "smartthings": ("SmartThingsSignInClient", "https://c2c-eu.smartthings.com/oauth/callback"),
}


def brightness(platform, percent):
    """A brightness as the platform writes it."""
    sber = {"type": "INTEGER", "integer_value": str(percent * 10)}
    return sber if platform == "sber" else percent


@pytest.fixture(scope="session")
def world():
    """What the tests hand on: the user, the tokens, the vendor key."""
    return {}


@pytest.fixture(scope="session")
def vendor(stack, world):
    """Calls of the vendor API."""

    def call(method, path, body=None):
        status, _, answer = http(method, stack.url() + path, body, world["vendor_key"])
        assert status < 300, (path, answer)
        return answer

    return call


def report(vendor, **state):
    return vendor("PATCH", "/v1/devices/lamp-1/state", {"online": True, "state": state})


# ── Refused ──

REFUSED = {
    "a skill without its token": ({"YandexSkillId": "s"}, "YandexToken must be too"),
    "a token without its skill": ({"YandexToken": "t"}, "without it Yandex is off"),
    "Sber without its roots": ({"SberToken": "t"}, "Russian Trusted Root CA"),
    "a client id without its secret": ({"SmartThingsClientId": "c"}, "cannot be redeemed"),
    "a client secret without its id": ({"SmartThingsClientSecret": "c"}, "without it SmartThings is off"),
    "an unknown identity provider": ({"SignIn": "external", "Issuer": "i", "Audience": "a"}, "JwksUrl must be set"),
    "two identity providers": ({"Issuer": "https://id.example.com"}, "for SignIn=external"),
    "a domain without certificate": ({"DomainName": "home.example.com"}, "CertificateArn must be too"),
    "a zone without domain": ({"HostedZoneId": "Z1"}, "DomainName is not"),
    "protected data to be deleted": ({"DeletionProtection": "true"}, "set it to false"),
    "a skill's name in place of its id": ({"YandexSkillId": "my_home", "YandexToken": "t"}, "not its name"),
    "commands over plain http": ({"CommandUrl": "http://devices.example.com/"}, "an https address"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_parameters_are_refused_before_anything_is_made(stack, what):
    parameters, reason = REFUSED[what]
    words = " ".join(f"{name}='{value}'" for name, value in parameters.items())
    status, said = stack.make("deploy-built", PARAMETERS=words)
    assert status != 0
    assert reason in " ".join(said.split()), said[-1500:]
    description = stack.description()
    assert description is None or description["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert not stack.client("dynamodb").list_tables()["TableNames"]


# ── Deployed ──


def test_the_stack_deploys(stack, platforms, device_cloud, world):
    stack.deploy(CommandUrl=device_cloud.url, **platforms.parameters())
    outputs = stack.outputs()
    assert outputs["Platforms"].split() == ["yandex", "sber", "smartthings"]
    assert outputs["YandexEndpoint"] == outputs["Url"] + "/yandex"
    world["vendor_key"] = stack.secret("VendorKeySecret")
    device_cloud.secret = stack.secret("CommandSecret")
    assert http("GET", stack.url() + "/healthz")[0] == 200


def test_the_platforms_find_us_there(stack):
    for path in ("/yandex/v1.0", "/yandex/v1.0/"):
        assert http("HEAD", stack.url() + path)[0] == 200, path
    assert http("GET", stack.url() + "/sber/v1/ping")[0] == 200
    assert http("GET", stack.url() + "/nothing")[0] == 404


def test_smartthings_may_invoke_its_function_and_nobody_else_from_outside(stack):
    functions = stack.client("lambda")
    name = stack.resource("WebhookFunction")
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    callers = [statement["Principal"] for statement in policy["Statement"]]
    assert sorted(map(str, callers)) == sorted(map(str, [{"Service": "apigateway.amazonaws.com"}, {"AWS": "148790070172"}]))


def test_platforms_need_a_token(stack):
    url = stack.url()
    assert http("GET", url + "/yandex/v1.0/user/devices")[0] == 401
    assert http("GET", url + "/sber/v1/devices", token="nonsense")[0] == 401
    assert http("GET", url + "/v1/users/u/devices", token="nonsense")[0] == 401


# ── Linked ──


def test_a_user_signs_in_for_each_platform(stack, aws, world):
    users, outputs = stack.client("cognito-idp"), stack.outputs()
    pool = outputs["UserPoolId"]
    users.admin_create_user(UserPoolId=pool, Username=USER, MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username=USER, Password=PASSWORD, Permanent=True)
    world["tokens"] = {}
    for platform, (output, redirect) in REDIRECT.items():
        client = outputs[output]
        about = users.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
        code = sign_in.sign_in(aws.endpoint, client, redirect, USER, PASSWORD)
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        status, _, tokens = sign_in.exchange(aws.endpoint, client, about["ClientSecret"], **grant)
        assert status == 200, tokens
        assert len(json.dumps(tokens)) <= 5000, "Yandex takes no longer answer"
        assert max(len(tokens["access_token"]), len(tokens["refresh_token"])) <= 2048
        claims = json.loads(base64.urlsafe_b64decode(tokens["access_token"].split(".")[1] + "=="))
        assert claims["origin_jti"], "links are told apart by it"
        world["user"] = claims["sub"]
        renew = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        status, _, renewed = sign_in.exchange(aws.endpoint, client, about["ClientSecret"], **renew)
        assert status == 200, renewed
        world["tokens"][platform] = renewed["access_token"]


def test_a_code_goes_to_the_platform_and_nowhere_else(stack, aws):
    client = stack.outputs()["YandexSignInClient"]
    for redirect in ("https://social.yandex.net/broker/redirect/x", "https://evil.example/", "https://social.yandex.net"):
        url = sign_in.authorization(f"{aws.endpoint}/oauth2/authorize", client, redirect)
        assert http("GET", url)[0] == 400, redirect


def test_devices_are_registered_and_all_platforms_link(stack, vendor, platforms, world):
    vendor("PUT", "/v1/devices/lamp-1", LAMP | {"owner": world["user"]})
    report(vendor, on_off=False, brightness=40)
    for platform in NAMES:
        platforms.link(platform, stack.url(), world["user"], world["tokens"][platform])
    for platform in NAMES:
        lamp = platforms.device(platform, world["user"], "lamp-1")
        assert lamp["description"] and SWITCH[platform] in lamp["values"], lamp
    links = vendor("GET", f"/v1/users/{world['user']}/links")["links"]
    assert sorted(link["platform"] for link in links) == sorted(NAMES)


def test_smartthings_is_answered_without_http_too(stack, world):
    message = {
        "headers": {"schema": "st-schema", "version": "1.0", "interactionType": "stateRefreshRequest", "requestId": "r1"},
        "authentication": {"tokenType": "Bearer", "token": world["tokens"]["smartthings"]},
        "devices": [{"externalDeviceId": "lamp-1"}],
    }
    answer = stack.invoke("Webhook", message)
    assert answer["headers"]["interactionType"] == "stateRefreshResponse"
    assert answer["deviceState"][0]["externalDeviceId"] == "lamp-1"


# ── Used ──


@pytest.mark.parametrize("platform", NAMES)
def test_a_command_reaches_the_device_cloud(platform, vendor, platforms, device_cloud, world):
    report(vendor, on_off=False)
    before = len(device_cloud.commands)
    platforms.command(platform, world["user"], "lamp-1", ON[platform])
    command, = device_cloud.commands[before:]
    assert (command["device_id"], command["commands"], command["platform"]) == ("lamp-1", {"on_off": True}, platform)
    assert vendor("GET", "/v1/devices/lamp-1")["state"]["on_off"] is True


def told(platforms, world, platform, percent):
    """Whether a callback has told the platform this brightness."""
    return platforms.heard(platform, world["user"], "lamp-1", BRIGHTNESS[platform]) == (brightness(platform, percent), "callback")


def test_a_change_reaches_every_platform(vendor, platforms, world):
    report(vendor, brightness=70)
    for platform in NAMES:
        wait_until(lambda: told(platforms, world, platform, 70), f"{platform} is told of 70 %")


def test_what_a_platform_refuses_waits_in_the_queue_and_arrives(stack, vendor, platforms, world):
    platforms.fail("yandex", {"server_error": {}})
    report(vendor, brightness=55)
    for platform in ("sber", "smartthings"):
        wait_until(lambda: told(platforms, world, platform, 55), f"{platform} is not held up")
    report(vendor, brightness=56)
    wait_until(lambda: any("redeliver" in line or "REPORT" in line for line in stack.logs("redeliver")), "redeliver runs")
    assert not told(platforms, world, "yandex", 56)
    platforms.recover("yandex")
    wait_until(lambda: told(platforms, world, "yandex", 56), "Yandex has the newest state", seconds=90)
    links = vendor("GET", f"/v1/users/{world['user']}/links")["links"]
    assert {link["status"] for link in links} == {"active"}


def test_a_full_report_can_be_asked_for(vendor, platforms, world):
    def sequence():
        return platforms.device("yandex", world["user"], "lamp-1")["values"][SWITCH["yandex"]]["sequence"]

    before = sequence()
    vendor("POST", f"/v1/users/{world['user']}/resync")
    wait_until(lambda: sequence() > before, "Yandex is told everything again")


def test_what_nobody_can_read_ends_with_the_dead_letters(stack):
    queues, outputs = stack.client("sqs"), stack.outputs()
    # The template's six minutes are for Lambda's sake; here they would be waited for three times.
    queues.set_queue_attributes(QueueUrl=outputs["RetryQueueUrl"], Attributes={"VisibilityTimeout": "1"})
    queues.send_message(QueueUrl=outputs["RetryQueueUrl"], MessageBody="no errand")
    attributes = {"QueueUrl": outputs["DeadLettersUrl"], "AttributeNames": ["ApproximateNumberOfMessages"]}
    wait_until(
        lambda: queues.get_queue_attributes(**attributes)["Attributes"]["ApproximateNumberOfMessages"] == "1",
        "the message is set aside",
    )
    queues.purge_queue(QueueUrl=outputs["DeadLettersUrl"])
    queues.set_queue_attributes(QueueUrl=outputs["RetryQueueUrl"], Attributes={"VisibilityTimeout": "360"})


# ── Watched ──


def test_every_function_logs_and_no_log_holds_a_secret(stack, world):
    secrets = [*SECRETS.values(), *world["tokens"].values(), world["vendor_key"], stack.secret("CommandSecret")]
    for function in ("discovery", "query", "action", "link", "webhook", "report", "notifier", "redeliver"):
        lines = wait_until(lambda: stack.logs(function), f"{function} logs")
        for secret in secrets:
            assert not any(secret in line for line in lines), function


def test_metrics_are_those_of_this_deployment(stack):
    lines = [json.loads(line) for line in stack.logs("notifier") if line.startswith('{"_aws"')]
    namespaces = {metric["Namespace"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"]}
    assert namespaces == {stack.name}
    assert any(line.get("accepted") and line.get("age_ms") for line in lines)


def test_dashboard_and_alarms_are_there(stack):
    watch = stack.client("cloudwatch")
    body = json.loads(watch.get_dashboard(DashboardName=stack.name)["DashboardBody"])
    assert len(body["widgets"]) > 10
    alarms = watch.describe_alarms()["MetricAlarms"]
    assert len(alarms) > 10 and all(alarm["AlarmActions"] for alarm in alarms)


# ── Permissions ──


class Without:
    """A role that lacks an action for a while."""

    def __init__(self, stack, function, action):
        self.iam, self.role, self.action = stack.client("iam"), stack.resource(f"{function}Role"), action
        self.policy, = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        self.whole = self.iam.get_role_policy(RoleName=self.role, PolicyName=self.policy)["PolicyDocument"]

    def put(self, document):
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.policy, PolicyDocument=json.dumps(document))

    def __enter__(self):
        poorer = json.loads(json.dumps(self.whole))
        for statement in poorer["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [action for action in actions if action != self.action] or ["sts:GetCallerIdentity"]
        assert poorer != self.whole, f"{self.action} is there to be taken away"
        self.put(poorer)

    def __exit__(self, *_):
        self.put(self.whole)


def test_without_query_there_is_no_discovery(stack, world):
    ask = lambda: http("GET", stack.url() + "/yandex/v1.0/user/devices", token=world["tokens"]["yandex"])[0]
    with Without(stack, "Discovery", "dynamodb:Query"):
        assert ask() == 500
    assert ask() == 200


def test_without_update_there_is_no_report(stack, vendor, world):
    change = lambda value: http(
        "PATCH", stack.url() + "/v1/devices/lamp-1/state", {"state": {"brightness": value}}, world["vendor_key"]
    )[0]
    with Without(stack, "Report", "dynamodb:UpdateItem"):
        assert change(11) == 503
    assert change(12) == 200


def test_without_reading_devices_there_is_no_state(stack, world):
    body = {"devices": ["lamp-1"]}
    ask = lambda: http("POST", stack.url() + "/sber/v1/query", body, world["tokens"]["sber"])[0]
    with Without(stack, "Query", "dynamodb:BatchGetItem"):
        assert ask() >= 500
    assert ask() == 200


def test_without_the_queue_what_a_platform_refuses_fails_the_batch(stack, vendor, platforms, world):
    failed = lambda: sum("batch has to come again" in line for line in stack.logs("notifier"))
    before = failed()
    with Without(stack, "Notifier", "sqs:SendMessageBatch"):
        platforms.fail("sber", {"server_error": {}})
        report(vendor, brightness=31)
        wait_until(lambda: failed() > before, "the notifier cannot put what failed into the queue")
    platforms.recover("sber")
    # The local AWS does not read which items of a stream's batch failed, so it does not bring them again as AWS does.
    vendor("POST", f"/v1/users/{world['user']}/resync")
    for platform in NAMES:
        wait_until(lambda: told(platforms, world, platform, 31), f"{platform} has it in the end", seconds=90)


# ── Updated and deleted ──


def test_an_update_keeps_everything_and_adds_a_part(stack, vendor, platforms, world):
    state = vendor("GET", "/v1/devices/lamp-1")["state"]
    stack.deploy(IotTopic="acme/+/report", LogLevel="info", SmartThingsAccount="")
    assert stack.description()["StackStatus"] == "UPDATE_COMPLETE"
    assert vendor("GET", "/v1/devices/lamp-1")["state"] == state
    policy = json.loads(stack.client("lambda").get_policy(FunctionName=stack.resource("WebhookFunction"))["Policy"])
    assert "148790070172" not in json.dumps(policy)
    platforms.ask("POST", f"/yandex/homes/{world['user']}/refresh")


def test_a_device_reports_over_mqtt(stack, platforms, vendor, world):
    message = {"device_id": "lamp-1", "online": True, "state": {"brightness": 88}}
    stack.client("iot-data").publish(topic="acme/lamp-1/report", qos=1, payload=json.dumps(message).encode())
    for platform in NAMES:
        wait_until(lambda: told(platforms, world, platform, 88), f"{platform} is told of 88 %")


def test_the_vendor_ends_a_link_and_the_platform_is_told(stack, vendor, platforms, world):
    vendor("DELETE", f"/v1/users/{world['user']}/links/sber")
    wait_until(lambda: not platforms.ask("GET", f"/sber/homes/{world['user']}")["linked"], "Sber has unlinked the user")
    assert http("GET", stack.url() + "/sber/v1/devices", token=world["tokens"]["sber"])[0] == 401


def test_nothing_was_sent_that_a_platform_would_refuse(platforms):
    assert platforms.violations() == []


def doctor(stack):
    """What `homeport doctor` says; the stack's own address resolves nowhere here."""
    done = subprocess.run(
        [os.environ["HOMEPORT_PROGRAM"], "doctor", "--stack", stack.name, "--url", stack.url()],
        env=os.environ | stack.aws.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(stack, platforms):
    status, said = doctor(stack)
    complaints = [line for line in said.splitlines() if line.startswith("wrong")]
    assert status == 1 and complaints == [f"wrong Yandex: skill id {SKILL}"], said
    assert "UUID on the console's general tab" in said
    secrets = stack.client("secretsmanager")
    secrets.put_secret_value(SecretId=stack.outputs()["SberTokenSecret"], SecretString="another key")
    assert "the key is not that of the project" in doctor(stack)[1]
    secrets.put_secret_value(SecretId=stack.outputs()["SberTokenSecret"], SecretString=SECRETS["SBER_TOKEN"])


def test_the_stack_goes_and_its_data_stays_if_asked(stack):
    table = stack.outputs()["Table"]
    stack.deploy(DataRetention="Retain")
    status, said = stack.make("destroy")
    assert status == 0, said[-3000:]
    assert stack.description() is None
    names = [function["FunctionName"] for function in stack.client("lambda").list_functions()["Functions"]]
    assert not names
    kept = stack.client("dynamodb").scan(TableName=table)["Items"]
    assert any(item["pk"] == {"S": "DEVICE#lamp-1"} for item in kept)


def test_another_stack_with_all_that_is_optional_and_no_user_pool(aws):
    other = Stack(aws, "homeport-other")
    zone = other.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    other.deploy(
        SignIn="external",
        Issuer="https://id.example.com",
        Audience="homeport",
        JwksUrl="https://id.example.com/keys",
        DomainName="home.example.com",
        CertificateArn=other.client("acm").request_certificate(DomainName="home.example.com")["CertificateArn"],
        HostedZoneId=zone.rsplit("/", 1)[1],
        EncryptionKeyArn=other.client("kms").create_key()["KeyMetadata"]["Arn"],
        IotTopic="acme/+/report",
        AlarmEmail="oncall@example.com",
        ReportConcurrency="5",
        SmartThingsAccount="",
    )
    outputs = other.outputs()
    assert outputs["Url"] == "https://home.example.com" and outputs["SberWebhook"] == "https://home.example.com/sber"
    assert "UserPoolId" not in outputs
    records = other.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [record["Type"] for record in records if record["Name"] == "home.example.com."] == ["A"]
    assert http("GET", f"{api_at(other)}/healthz")[0] == 200
    assert http("GET", f"{api_at(other)}/yandex/v1.0/user/devices")[0] == 404, "the platform is off"
    before = set(other.client("dynamodb").list_tables()["TableNames"])
    status, said = other.make("destroy")
    assert status == 0, said[-3000:]
    assert other.description() is None
    gone = before - set(other.client("dynamodb").list_tables()["TableNames"])
    assert gone == {outputs["Table"]}


def api_at(stack):
    """The address of an API that has an own domain."""
    api, = [api for api in stack.client("apigatewayv2").get_apis()["Items"] if api["Name"] == stack.name]
    return f"{stack.aws.endpoint}/_aws/execute-api/{api['ApiId']}/$default"
