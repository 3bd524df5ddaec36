"""What each function needs to do its work, and with what. The only other place that says so is the template."""

TABLE, INDEX, STREAM = "Table.Arn", "${Table.Arn}/index/owner", "Table.StreamArn"
RETRY, LOST_CHANGES, LOST_REPORTS = "RetryQueue.Arn", "LostChanges.Arn", "LostReports.Arn"


def dynamodb(*actions):
    return {f"dynamodb:{action}" for action in actions}


def sqs(*actions):
    return {f"sqs:{action}" for action in actions}


def logs(function):
    return {f"{function}Logs.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"}}


# Reading a key is what every function does when it starts, to open the connection.
OPENS = "GetItem"
# Which secret a variable names, hence which functions may read it (see NEEDS).
SECRETS = {
    "HOMEPORT_VENDOR_KEY": "VendorKeySecret.Id",
    "HOMEPORT_COMMAND_SECRET": "CommandSecret.Id",
    "HOMEPORT_TOKEN_KEY": "TokenKeySecret.Id",
    "HOMEPORT_YANDEX_TOKEN": "YandexTokenSecret.Id",
    "HOMEPORT_SBER_TOKEN": "SberTokenSecret.Id",
    "HOMEPORT_SMARTTHINGS_CLIENT_SECRET": "SmartThingsSecret.Id",
}
CALLBACK_SECRETS = ["HOMEPORT_YANDEX_TOKEN", "HOMEPORT_SBER_TOKEN", "HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "HOMEPORT_TOKEN_KEY"]
# The secrets that a function reads: Needs::secrets in crates/common/src/config.
NEEDS = {
    "Discovery": [],
    "Query": [],
    "Action": ["HOMEPORT_COMMAND_SECRET"],
    "Link": [],
    "Webhook": ["HOMEPORT_COMMAND_SECRET", "HOMEPORT_TOKEN_KEY"],
    "Report": ["HOMEPORT_VENDOR_KEY"],
    "Notifier": CALLBACK_SECRETS,
    "Redeliver": CALLBACK_SECRETS,
}
# crates/common/src/store: what reads and writes how.
WORK = {
    "Discovery": {TABLE: dynamodb(OPENS, "UpdateItem"), INDEX: dynamodb("Query")},
    "Query": {TABLE: dynamodb(OPENS, "BatchGetItem")},
    "Action": {TABLE: dynamodb(OPENS, "BatchGetItem", "UpdateItem")},
    "Link": {TABLE: dynamodb(OPENS, "UpdateItem")},
    "Webhook": {TABLE: dynamodb(OPENS, "BatchGetItem", "UpdateItem"), INDEX: dynamodb("Query")},
    "Report": {
        TABLE: dynamodb(OPENS, "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"),
        INDEX: dynamodb("Query"),
        LOST_REPORTS: sqs("SendMessage"),
    },
    "Notifier": {
        TABLE: dynamodb(OPENS, "BatchGetItem", "Query", "UpdateItem"),
        INDEX: dynamodb("Query"),
        STREAM: dynamodb("DescribeStream", "GetRecords", "GetShardIterator"),
        "${Table.Arn}/stream/*": dynamodb("ListStreams"),
        RETRY: sqs("SendMessage"),
        LOST_CHANGES: sqs("SendMessage"),
    },
    "Redeliver": {
        TABLE: dynamodb(OPENS, "BatchGetItem", "Query", "UpdateItem"),
        INDEX: dynamodb("Query"),
        RETRY: sqs("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"),
    },
}


def needed(function):
    """The permissions of a function: resource to actions."""
    reads = {SECRETS[name]: {"secretsmanager:GetSecretValue"} for name in NEEDS[function]}
    return WORK[function] | reads | logs(function)
