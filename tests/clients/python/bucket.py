"""A real S3-compatible server in a process of its own, which checks who calls and what he may do."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
import hosk

REGION = "us-east-1"
BUCKET, PREFIX = "files", "hosk/test"
# What docs/documents.md says that hosk has to be allowed.
ALLOWED = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads"]
# The calls that set everything up, before anybody has a key.
UNCHECKED = 7


class Store:
    """The server, and a client past hosk."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        settings = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(UNCHECKED)}
        self.running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=settings)
        self.address = hosk.said(self.running.stderr or (), r"Running on (http:\S+)")
        self.iam = self.client("iam", "nobody", "nothing")
        owner, self.key = self.account("owner", ["*"]), self.account("hosk", ALLOWED)
        self.client("s3", "nobody", "nothing").create_bucket(Bucket=BUCKET)
        self.iam, self.s3 = self.client("iam", *owner), self.client("s3", *owner)

    def client(self, service: str, key: str, secret: str) -> Any:
        keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.client(service, endpoint_url=self.address, region_name=REGION, **keys)

    def account(self, name: str, actions: list[str]) -> tuple[str, str]:
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        self.allow(name, actions)
        return key["AccessKeyId"], key["SecretAccessKey"]

    def allow(self, name: str, actions: list[str]) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_user_policy(UserName=name, PolicyName="documents", PolicyDocument=policy)

    def settings(self, **others: str) -> dict[str, str]:
        """What hosk is told of it."""
        settings = {
            "bucket": BUCKET,
            "endpoint": self.address,
            "prefix": PREFIX,
            "access_key": self.key[0],
            "secret_key": self.key[1],
            "allow_http": "true",
        }
        return {f"HOSK_DOCUMENT_{name.upper()}": value for name, value in {**settings, **others}.items()}

    def objects(self) -> dict[str, int]:
        """The names and sizes of all objects."""
        return {one["Key"]: one["Size"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def uploads(self) -> list[str]:
        """The names of objects that are being uploaded."""
        return [one["Key"] for one in self.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]

    def is_empty(self) -> bool:
        return self.objects() == {} and self.uploads() == []

    def close(self) -> None:
        self.running.kill()
        self.running.wait()
