"""The stack: deployed, called and deleted with the commands that a person types."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import boto3

from local_aws import REGION
from template import ROOT

NAME = "homeport-test"


def word(parameter):
    """A parameter as sam and the shell want it; an empty value is two quotation marks."""
    name, value = parameter
    return f"{name}={value}" if value else f"{name}='\"\"'"


class Stack:
    """One stack on the local AWS."""

    def __init__(self, aws, name=NAME):
        self.aws, self.name = aws, name
        self.session = boto3.Session("test", "test", region_name=REGION)

    def client(self, service):
        return self.session.client(service, endpoint_url=self.aws.endpoint)

    def make(self, target, **variables):
        """Runs make, and gives its exit status and what it said."""
        settings = {"REGION": REGION, "STACK": self.name, "ENV": "dev"} | variables
        words = [f"{name}={value}" for name, value in settings.items()]
        done = subprocess.run(
            ["make", target, *words],
            cwd=ROOT,
            env=os.environ | self.aws.environment(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout + done.stderr

    def deploy(self, **parameters):
        """Creates or updates it, as `make deploy` does once the functions are built."""
        parameters = {"LocalEndpoint": self.aws.endpoint} | parameters
        status, said = self.make("deploy-built", PARAMETERS=" ".join(map(word, parameters.items())))
        assert status == 0, said[-6000:]

    def description(self):
        """What CloudFormation says of it; nothing if it is not there."""
        try:
            return self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        except self.client("cloudformation").exceptions.ClientError:
            return None

    def outputs(self):
        return {output["OutputKey"]: output["OutputValue"] for output in self.description()["Outputs"]}

    def resource(self, logical_id):
        """The name that AWS gave a resource."""
        found = self.client("cloudformation").describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def secret(self, output):
        """The value of a secret that an output names."""
        return self.client("secretsmanager").get_secret_value(SecretId=self.outputs()[output])["SecretString"]

    def url(self):
        """The API's address. Its name resolves nowhere here; the local AWS has the same API at a path."""
        api = self.outputs()["Url"].split("//")[1].split(".")[0]
        return f"{self.aws.endpoint}/_aws/execute-api/{api}/$default"

    def invoke(self, function, event, account="test"):
        """Invokes a function directly, by its ARN, as an account; an event that fails is an error."""
        arn = self.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId=f"{function}Function"
        )["StackResourceDetail"]["PhysicalResourceId"]
        if not arn.startswith("arn:"):
            arn = self.client("lambda").get_function(FunctionName=arn)["Configuration"]["FunctionArn"]
        caller = boto3.client(
            "lambda",
            endpoint_url=self.aws.endpoint,
            region_name=REGION,
            aws_access_key_id=account,
            aws_secret_access_key="test",
        )
        answer = caller.invoke(FunctionName=arn, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read() or b"null")
        assert "FunctionError" not in answer, body
        return body

    def logs(self, function):
        """All that a function has logged."""
        logs, group = self.client("logs"), f"/homeport/{self.name}/{function}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]


def http(method, url, body=None, token=None, headers=(), form=None):
    """One request; gives status, headers and the body, as JSON where it is. Redirects are not followed."""
    data = None
    sent = dict(headers)
    if body is not None:
        data, sent["content-type"] = json.dumps(body).encode(), "application/json"
    if form is not None:
        data, sent["content-type"] = form.encode(), "application/x-www-form-urlencoded"
    if token:
        sent["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        answer = OPENER.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
    try:
        return answer.status, answer.headers, json.loads(text)
    except ValueError:
        return answer.status, answer.headers, text


class StayHere(urllib.request.HTTPRedirectHandler):
    """Redirects are answers."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(StayHere, urllib.request.ProxyHandler({}))
