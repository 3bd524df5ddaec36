"""Deletes a stack and waits for its end: `destroy.py <stack> <region>`. What the stack retains stays."""

import sys

import boto3
from botocore.exceptions import ClientError, WaiterError

name, region = sys.argv[1:]
cloudformation = boto3.client("cloudformation", region_name=region)
try:
    # By its id, because the name is gone when the stack is.
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
except ClientError as error:
    sys.exit(f"{name} in {region}: {error}")
cloudformation.delete_stack(StackName=stack)
try:
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 3, "MaxAttempts": 600})
except WaiterError:
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        if event["ResourceStatus"] == "DELETE_FAILED":
            print(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
    sys.exit(f"{name} is not deleted")
print(f"{name} is deleted")
