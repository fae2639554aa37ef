// The npm client, unchanged, with its own check of every request and answer against the official schemas. Of a server of the
// client's level, 8.9, answers have nothing that those schemas do not know.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCamundaClient } from "@camunda8/orchestration-cluster-api";
import { named, seen, watched } from "./known.mjs";

const FILES = process.env.HOSK_FILES;
const STRICT = process.env.HOSK_API_LEVEL === "8.9";
let client;
const workers = [];
const now = { consistency: { waitUpToMs: 0 } };

before(() => {
  client = named(createCamundaClient({
    fetch: watched,
    config: {
      CAMUNDA_REST_ADDRESS: process.env.HOSK_ADDRESS,
      CAMUNDA_AUTH_STRATEGY: "NONE",
      CAMUNDA_SDK_VALIDATION: `req:strict,res:${STRICT ? "fanatical" : "strict"}`,
      CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS: "1",
    },
  }));
});

after(() => workers.forEach((worker) => worker.stop()));

const deploy = (...names) => client.deployResourcesFromFiles(names.map((name) => `${FILES}/${name}`));
const start = (processDefinitionId, more = {}) => client.createProcessInstance({ processDefinitionId, ...more });

test("tells of itself", async () => {
  const topology = await client.getTopology();
  assert.equal(topology.brokers.length, 1);
  assert.equal((await client.getLicense()).isCommercial, false);
  assert.equal((await client.getAuthentication()).username, "anonymous");
});

test("deploys, starts, works jobs and awaits the result", async () => {
  const deployed = await deploy("work.bpmn");
  assert.equal(deployed.processes[0].processDefinitionId, "work");
  workers.push(client.createJobWorker({
    jobType: "work",
    maxParallelJobs: 4,
    jobTimeoutMs: 30_000,
    jobHandler: (job) => job.complete({ paid: true, amount: job.variables.amount }),
  }));
  const done = await start("work", { variables: { amount: 42 }, awaitCompletion: true, requestTimeout: 10_000 });
  assert.deepEqual(done.variables, { amount: 42, paid: true });

  const { processInstanceKey } = done;
  const row = await client.getProcessInstance({ processInstanceKey }, now);
  assert.equal(row.state, "COMPLETED");
  const found = await client.searchProcessInstances({
    filter: { processInstanceKey, state: { $in: ["ACTIVE", "COMPLETED"] } },
    sort: [{ field: "startDate", order: "DESC" }],
    page: { from: 0, limit: 10 },
  }, now);
  assert.equal(found.items.length, 1);
  const elements = await client.searchElementInstances({ filter: { processInstanceKey } }, now);
  assert.equal(elements.items.length, 3);
  const variables = await client.searchVariables({ filter: { processInstanceKey } }, now);
  assert.deepEqual(variables.items.map((variable) => variable.name).sort(), ["amount", "paid"]);
  await client.getVariable({ variableKey: variables.items[0].variableKey }, now);
  await client.searchJobs({ filter: { processInstanceKey } }, now);
  await client.getProcessInstanceSequenceFlows({ processInstanceKey }, now);
  await client.getProcessInstanceStatistics({ processInstanceKey }, now);
  await client.getProcessInstanceCallHierarchy({ processInstanceKey }, now);
  const { processDefinitionKey } = done;
  assert.match(await client.getProcessDefinitionXml({ processDefinitionKey }, now), /bpmn:process/);
  await client.getProcessDefinition({ processDefinitionKey }, now);
  await client.searchProcessDefinitions({ filter: { isLatestVersion: true } }, now);
  await client.getProcessDefinitionStatistics({ processDefinitionKey, filter: { state: "COMPLETED" } }, now);
});

test("finds, takes and completes user tasks", async () => {
  await deploy("review.bpmn", "review.form");
  const { processInstanceKey } = await start("review", { variables: { what: "it" } });
  const open = { filter: { processInstanceKey, state: "CREATED" } };
  const [task] = (await client.searchUserTasks(open, now)).items;
  assert.equal(task.name, "Look at it");
  const { userTaskKey } = task;
  await client.assignUserTask({ userTaskKey, assignee: "anna" });
  await assert.rejects(client.assignUserTask({ userTaskKey, assignee: "bert", allowOverride: false }), (error) => error.status === 409);
  await client.unassignUserTask({ userTaskKey });
  await client.updateUserTask({ userTaskKey, changeset: { priority: 70, dueDate: "2031-01-01T00:00:00Z" } });
  assert.equal((await client.getUserTask({ userTaskKey }, now)).priority, 70);
  assert.equal((await client.getUserTaskForm({ userTaskKey }, now)).formId, "review-form");
  assert.equal((await client.searchUserTaskVariables({ userTaskKey }, now)).items.length, 1);
  assert.equal((await client.searchUserTaskEffectiveVariables({ userTaskKey }, now)).items.length, 1);
  await client.completeUserTask({ userTaskKey, variables: { good: true } });
  await assert.rejects(client.completeUserTask({ userTaskKey }), (error) => error.status === 404);
  const [next] = (await client.searchUserTasks(open, now)).items;
  assert.equal(next.name, "Sign it");
});

test("fails a job, looks at the incident and resolves it", async () => {
  workers.splice(0).forEach((worker) => worker.stop());
  await deploy("work.bpmn");
  const { processInstanceKey } = await start("work");
  const take = async () => {
    const { jobs } = await client.activateJobs({ type: "work", timeout: 30_000, maxJobsToActivate: 10, requestTimeout: 5_000 });
    return jobs.find((job) => job.processInstanceKey === processInstanceKey);
  };
  const { jobKey } = await take();
  await client.failJob({ jobKey, retries: 0, errorMessage: "no luck" });
  const [incident] = (await client.searchIncidents({ filter: { processInstanceKey } }, now)).items;
  assert.equal(incident.errorType, "JOB_NO_RETRIES");
  await client.searchProcessInstanceIncidents({ processInstanceKey }, now);
  await client.updateJob({ jobKey, changeset: { retries: 1 } });
  await client.resolveIncident({ incidentKey: incident.incidentKey });
  assert.equal((await client.getIncident({ incidentKey: incident.incidentKey }, now)).state, "RESOLVED");
  await client.createElementInstanceVariables({ elementInstanceKey: processInstanceKey, variables: { a: 1 } });
  await client.throwJobError({ jobKey: (await take()).jobKey, errorCode: "NO_STOCK" });
  assert.equal((await client.getProcessInstance({ processInstanceKey }, now)).state, "COMPLETED");
});

test("publishes, correlates, evaluates, sets the clock", async () => {
  await deploy("letter.bpmn");
  const { processInstanceKey } = await start("letter", { variables: { number: "1" } });
  const waiting = await client.searchMessageSubscriptions({ filter: { processInstanceKey } }, now);
  assert.equal(waiting.items[0].messageName, "answer");
  const reached = await client.correlateMessage({ name: "answer", correlationKey: "1" });
  assert.equal(reached.processInstanceKey, processInstanceKey);
  await client.searchCorrelatedMessageSubscriptions({ filter: { processInstanceKey } }, now);
  await client.publishMessage({ name: "answer", correlationKey: "2", timeToLive: 10_000 });
  await start("letter", { variables: { number: "2" }, awaitCompletion: true, requestTimeout: 10_000 });
  assert.equal((await client.evaluateExpression({ expression: "=1 + 2" })).result, 3);
  await client.pinClock({ timestamp: 1_900_000_000_000 });
  await client.resetClock();
  const { processInstanceKey: other } = await start("letter", { variables: { number: "3" } });
  await client.cancelProcessInstance({ processInstanceKey: other });
  const deployed = await deploy("sum.bpmn");
  const resourceKey = deployed.processes[0].processDefinitionKey;
  await assert.rejects(client.getResource({ resourceKey }), "it is a process, not a file");
  await client.deleteResource({ resourceKey });
});

test("deploys, evaluates and finds decisions", async () => {
  const deployed = await deploy("credit.dmn");
  assert.deepEqual(deployed.decisions.map((decision) => decision.decisionDefinitionId).sort(), ["limit", "rating"]);
  const { decisionRequirementsKey } = deployed.decisionRequirements[0];
  const { decisionDefinitionKey } = deployed.decisions.find((decision) => decision.decisionDefinitionId === "limit");
  assert.equal((await client.getDecisionDefinition({ decisionDefinitionKey }, now)).name, "Credit limit");
  assert.match(await client.getDecisionDefinitionXml({ decisionDefinitionKey }, now), /decisionTable/);
  const latest = { filter: { decisionDefinitionId: "rating", isLatestVersion: true } };
  assert.equal((await client.searchDecisionDefinitions(latest, now)).items.length, 1);
  assert.equal((await client.getDecisionRequirements({ decisionRequirementsKey }, now)).version, 1);
  assert.match(await client.getDecisionRequirementsXml({ decisionRequirementsKey }, now), /decisionTable/);
  assert.equal((await client.searchDecisionRequirements({}, now)).items.length, 1);

  const answer = await client.evaluateDecision({ decisionDefinitionKey, variables: { amount: 150 } });
  assert.equal(answer.output, "5000");
  const { decisionEvaluationKey } = answer;
  const found = await client.searchDecisionInstances({
    filter: { decisionEvaluationKey, decisionDefinitionId: "rating" },
    sort: [{ field: "evaluationDate", order: "DESC" }],
  }, now);
  assert.equal(found.items[0].result, '"A"');
  const { decisionEvaluationInstanceKey } = found.items[0];
  const whole = await client.getDecisionInstance({ decisionEvaluationInstanceKey }, now);
  assert.equal(whole.matchedRules[0].ruleIndex, 2);
  assert.equal(whole.evaluatedInputs[0].inputValue, "150");

  // Two rules of the table match: it has no output, and the failure is kept.
  const failed = await client.evaluateDecision({ decisionDefinitionId: "limit", variables: { amount: 200 } });
  assert.equal(failed.failedDecisionDefinitionId, "rating");
  const failures = await client.searchDecisionInstances({ filter: { state: "FAILED" } }, now);
  assert.equal(failures.items[0].evaluationFailure, failed.failureMessage);
  const missing = client.evaluateDecision({ decisionDefinitionId: "nothing", variables: {} });
  await assert.rejects(missing, (error) => error.status === 404);
});

test("reads figures, names, forms and files", async () => {
  await deploy("work.bpmn", "letter.bpmn", "review.form");
  const { processInstanceKey, processDefinitionKey } = await start("work", { variables: { colour: "red" } });
  await start("letter", { variables: { number: "77" } });
  const { jobs } = await client.activateJobs({ type: "work", timeout: 30_000, maxJobsToActivate: 10, requestTimeout: 5_000 });
  const { jobKey } = jobs.find((job) => job.processInstanceKey === processInstanceKey);
  await client.failJob({ jobKey, retries: 0, errorMessage: "no paper" });
  const processes = await client.getProcessDefinitionInstanceStatistics({
    sort: [{ field: "activeInstancesWithIncidentCount", order: "DESC" }],
  }, now);
  assert.equal(processes.items[0].activeInstancesWithIncidentCount, 1);
  const versions = { filter: { processDefinitionId: "work" } };
  assert.equal((await client.getProcessDefinitionInstanceVersionStatistics(versions, now)).items.length, 1);
  const waiting = { filter: { messageName: "answer" } };
  assert.equal((await client.getProcessDefinitionMessageSubscriptionStatistics(waiting, now)).items.length, 1);
  const [error] = (await client.getProcessInstanceStatisticsByError({}, now)).items;
  const { errorHashCode } = error;
  const [troubled] = (await client.getProcessInstanceStatisticsByDefinition({ filter: { errorHashCode } }, now)).items;
  assert.equal(troubled.activeInstancesWithErrorCount, 1);
  assert.equal(troubled.processDefinitionKey, processDefinitionKey);
  const [{ elementInstanceKey }] = (await client.searchElementInstances({ filter: { processInstanceKey, elementId: "do" } }, now)).items;
  assert.equal((await client.searchElementInstanceIncidents({ elementInstanceKey }, now)).items.length, 1);
  const usage = await client.getUsageMetrics({ startTime: "2020-01-01T00:00:00Z", endTime: "2100-01-01T00:00:00Z" }, now);
  assert.ok(usage.processInstances > 1);
  await client.cancelProcessInstance({ processInstanceKey });
});

test("reads permissions, variables of the installation, the log and batch operations", async () => {
  await client.getSystemConfiguration();
  await client.createGlobalClusterVariable({ name: "API", value: { url: "https://api.example" } });
  assert.equal((await client.searchClusterVariables({}, now)).items.length, 1);
  await deploy("work.bpmn");
  const { processInstanceKey } = await start("work");
  // The client does not know the commands of level 8.10; others may use them on the same server.
  const command = (path, body) => fetch(`${process.env.HOSK_ADDRESS}/v2/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const filter = { processInstanceKey };
  const begun = await (await command("process-instances/suspension", { filter })).json();
  assert.equal(begun.batchOperationType, "SUSPEND_PROCESS_INSTANCE");
  const suspended = { filter: { processInstanceKey, state: "SUSPENDED" } };
  while (!(await (await command("process-instances/search", suspended)).json()).items.length) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }

  const newer = [
    () => client.searchAuthorizations({ page: { limit: 1000 } }, now),
    () => client.getProcessInstance({ processInstanceKey }, now),
    () => client.searchBatchOperations({}, now),
    () => client.searchBatchOperationItems({}, now),
    () => client.searchAuditLogs({ filter }, now),
  ];
  for (const ask of newer) {
    // Its schemas refuse the words of 8.10.
    if (STRICT) await ask();
    else await assert.rejects(ask, /validation failed/);
  }
});

test("what the schemas do not know is in answers of level 8.10, and in none of 8.9", () => {
  assert.ok(seen.operations.size > 40, `${seen.operations.size} operations were looked at`);
  const unknown = [...seen.unknown];
  if (STRICT) return assert.deepEqual(unknown, []);
  for (const path of ["activateJobs.jobs[].priority", "getTopology.brokers[].brokerId", "searchAuthorizations.items[].resourceType: BACKUP"]) {
    assert.ok(unknown.includes(path), path);
  }
});
