"""The official Python client, unchanged: deploys, starts, works jobs, completes tasks and looks at what it did."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from camunda_orchestration_sdk import (
    CamundaAsyncClient,
    CamundaClient,
    WorkerConfig,
    models,
)
from camunda_orchestration_sdk.errors import ApiError
from camunda_orchestration_sdk.runtime.job_worker import JobError, JobFailure

PATIENCE = 20


def settings(server: Any) -> dict[str, str]:
    return {
        "CAMUNDA_REST_ADDRESS": f"{server.address}/v2",
        "CAMUNDA_AUTH_STRATEGY": "BASIC",
        "CAMUNDA_BASIC_AUTH_USERNAME": server.user,
        "CAMUNDA_BASIC_AUTH_PASSWORD": server.password,
    }


@pytest.fixture(scope="module")
def client(server: Any, files: Path) -> Any:
    with CamundaClient(configuration=settings(server)) as client:
        names = ["work.bpmn", "review.bpmn", "review.form", "letter.bpmn", "credit.dmn"]
        deployed = client.deploy_resources_from_files([str(files / name) for name in names])
        assert {process.process_definition_id for process in deployed.processes} == {"work", "review", "letter"}
        yield client


def start(client: Any, process: str, **more: Any) -> Any:
    # Without variables `from_dict` of release 10.0.1 makes a body that it cannot send.
    body = {"processDefinitionId": process, "variables": {}, **more}
    return client.create_process_instance(data=models.ProcessCreationById.from_dict(body))


def cancel(client: Any, instance: Any) -> None:
    # Release 10.0.1 cannot leave a body out here either.
    client.cancel_process_instance(process_instance_key=instance, data=None)


def by_instance(query: Any, key: str, **more: Any) -> Any:
    return query.from_dict({"filter": {"processInstanceKey": str(key), **more}})


def test_tells_of_itself(client: Any) -> None:
    assert len(client.get_topology().brokers) == 1
    assert client.get_license().is_commercial is False
    assert client.get_authentication().username == "ada"


def test_a_worker_completes_fails_and_raises_errors(client: Any, server: Any) -> None:
    attempts: dict[str, int] = {}

    async def handle(job: Any) -> dict[str, object]:
        given = job.variables.to_dict()
        attempts[given["does"]] = attempts.get(given["does"], 0) + 1
        if given["does"] == "error":
            raise JobError("NO_STOCK", "nothing left", {"left": 0})
        if given["does"] == "fail" and attempts["fail"] == 1:
            raise JobFailure("not now", retries=2, retry_back_off=100)
        return {"done": given["does"]}

    async def run() -> None:
        async with CamundaAsyncClient(configuration=settings(server)) as worker:
            worker.create_job_worker(config=WorkerConfig(job_type="work", job_timeout_milliseconds=30_000), callback=handle)
            working = asyncio.create_task(worker.run_workers())
            starting = (
                asyncio.to_thread(start, client, "work", variables={"does": does}, awaitCompletion=True, requestTimeout=15_000)
                for does in ("complete", "fail", "error")
            )
            done = await asyncio.wait_for(asyncio.gather(*starting), PATIENCE)
            variables = [one.variables.to_dict() for one in done]
            assert [one.get("done") for one in variables] == ["complete", "fail", None]
            assert variables[2]["left"] == 0
            working.cancel()

    asyncio.run(run())
    assert attempts == {"complete": 1, "fail": 2, "error": 1}


def test_user_tasks_are_found_taken_and_completed(client: Any) -> None:
    instance = start(client, "review", variables={"what": "it"}).process_instance_key
    query = by_instance(models.UserTaskSearchQuery, instance, state="CREATED")
    (task,) = client.search_user_tasks(data=query).items
    assert task.name == "Look at it"
    key = task.user_task_key
    assign = models.UserTaskAssignmentRequest.from_dict
    client.assign_user_task(user_task_key=key, data=assign({"assignee": "anna"}))
    with pytest.raises(ApiError) as refused:
        client.assign_user_task(user_task_key=key, data=assign({"assignee": "bert", "allowOverride": False}))
    assert refused.value.status_code == 409
    assert client.get_user_task(user_task_key=key).assignee == "anna"
    variables = client.search_user_task_variables(user_task_key=key, data=models.UserTaskVariableSearchQueryRequest.from_dict({}))
    assert [one.name for one in variables.items] == ["what"]
    completion = models.UserTaskCompletionRequest.from_dict({"variables": {"fine": True}})
    client.complete_user_task(user_task_key=key, data=completion)
    (following,) = client.search_user_tasks(data=query).items
    assert following.element_id == "sign"
    client.complete_user_task(user_task_key=following.user_task_key)
    row = client.get_process_instance(process_instance_key=instance)
    assert row.state == models.ProcessInstanceStateEnum.COMPLETED


def test_messages_are_published_and_correlated(client: Any) -> None:
    instance = start(client, "letter", variables={"number": "o-1"}).process_instance_key
    waiting = by_instance(models.MessageSubscriptionSearchQuery, instance)
    (subscription,) = client.search_message_subscriptions(data=waiting).items
    body = {"name": subscription.message_name, "correlationKey": subscription.correlation_key, "variables": {"read": True}}
    client.correlate_message(data=models.MessageCorrelationRequest.from_dict(body))
    body = {"name": "nobody waits", "correlationKey": "x", "timeToLive": 60_000, "messageId": "1"}
    client.publish_message(data=models.MessagePublicationRequest.from_dict(body))
    with pytest.raises(ApiError) as refused:
        client.publish_message(data=models.MessagePublicationRequest.from_dict(body))
    assert refused.value.status_code == 409
    deadline = time.monotonic() + PATIENCE
    while client.get_process_instance(process_instance_key=instance).state != models.ProcessInstanceStateEnum.COMPLETED:
        assert time.monotonic() < deadline, "the letter was not read"
        time.sleep(0.05)


def test_an_incident_is_seen_and_resolved(client: Any, server: Any) -> None:
    instance = start(client, "work", variables={"does": "nothing"}).process_instance_key
    activate = {"type": "work", "timeout": 30_000, "maxJobsToActivate": 10, "requestTimeout": 5_000}
    jobs = client.activate_jobs(data=models.JobActivationRequest.from_dict(activate)).jobs
    (job,) = [job for job in jobs if job.process_instance_key == instance]
    client.fail_job(job_key=job.job_key, data=models.JobFailRequest.from_dict({"retries": 0, "errorMessage": "broken"}))
    (incident,) = client.search_incidents(data=by_instance(models.IncidentSearchQuery, instance, state="ACTIVE")).items
    assert incident.error_message == "broken"
    update = models.JobUpdateRequest.from_dict({"changeset": {"retries": 1}})
    client.update_job(job_key=job.job_key, data=update)
    client.resolve_incident(incident_key=incident.incident_key)
    assert client.get_process_instance(process_instance_key=instance).has_incident is False
    cancel(client, instance)


def test_decisions_are_evaluated(client: Any) -> None:
    found = client.search_decision_definitions(data=models.DecisionDefinitionSearchQuery.from_dict({})).items
    assert found, "credit.dmn has decisions"
    definition = client.get_decision_definition(decision_definition_key=found[0].decision_definition_key)
    assert definition.decision_definition_id == found[0].decision_definition_id


CONDITIONS = [
    "work",
    {"$eq": "work"},
    {"$neq": "review"},
    {"$exists": True},
    {"$in": ["work", "other"]},
    {"$notIn": ["review", "letter"]},
    {"$like": "w?rk*"},
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_text_is_filtered_by_every_operator(client: Any, condition: Any) -> None:
    instance = start(client, "work").process_instance_key
    query = by_instance(models.ProcessInstanceSearchQuery, instance, processDefinitionId=condition)
    found = client.search_process_instances(data=query).items
    cancel(client, instance)
    assert [one.process_instance_key for one in found] == [instance]


@pytest.mark.parametrize(("operator", "hits"), [("$gt", 0), ("$gte", 1), ("$lt", 0), ("$lte", 1), ("$eq", 1), ("$neq", 0)])
def test_times_are_filtered_by_every_operator(client: Any, operator: str, hits: int) -> None:
    instance = start(client, "work").process_instance_key
    begun = client.get_process_instance(process_instance_key=instance).start_date
    query = by_instance(models.ProcessInstanceSearchQuery, instance, startDate={operator: begun.isoformat()})
    found = client.search_process_instances(data=query).items
    cancel(client, instance)
    assert len(found) == hits


def test_pages_follow_each_other_both_ways(client: Any) -> None:
    tag = f"page-{time.time_ns()}"
    started = {start(client, "work", tags=[tag]).process_instance_key for _ in range(7)}

    def page(**asked: Any) -> Any:
        body = {
            "filter": {"tags": [tag]},
            "sort": [{"field": "processInstanceKey", "order": "DESC"}],
            "page": {"limit": 3, **asked},
        }
        return client.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(body))

    first = page()
    second = page(after=first.page.end_cursor)
    third = page(after=second.page.end_cursor)
    back = page(before=second.page.start_cursor)
    keys = [one.process_instance_key for one in first.items + second.items + third.items]
    assert (first.page.total_items, set(keys), keys) == (7, started, sorted(keys, key=int, reverse=True))
    assert [one.process_instance_key for one in back.items] == keys[:3]
    for key in started:
        cancel(client, key)
