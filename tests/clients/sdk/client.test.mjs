// The older npm client of Camunda 8, unchanged, over REST.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Camunda8 } from "@camunda8/sdk";

const FILES = process.env.HOSK_FILES;
let client;
const workers = [];

before(() => {
  const camunda = new Camunda8({
    ZEEBE_REST_ADDRESS: process.env.HOSK_ADDRESS,
    CAMUNDA_AUTH_STRATEGY: "NONE",
    CAMUNDA_LOG_LEVEL: "none",
    CAMUNDA_SUPPORT_LOG_ENABLED: false,
  });
  client = camunda.getCamundaRestClient();
});

after(() => workers.forEach((worker) => worker.stop()));

const deploy = (...names) => client.deployResourcesFromFiles(names.map((name) => `${FILES}/${name}`));
const start = (processDefinitionId, variables = {}) => client.createProcessInstance({ processDefinitionId, variables });
const of = (processInstanceKey, more = {}) => ({ filter: { processInstanceKey, ...more } });
const instance = async (key) => (await client.searchProcessInstances({ sort: [], ...of(key) })).items[0];
const status = (wanted) => (error) => error.statusCode === wanted || error.response?.statusCode === wanted;

test("tells of itself", async () => {
  const topology = await client.getTopology();
  assert.equal(topology.brokers.length, 1);
  assert.equal(topology.partitionsCount, 1);
  assert.equal((await client.getLicenseStatus()).isCommercial, false);
});

test("deploys, starts, works jobs and awaits the result", async () => {
  const deployed = await deploy("work.bpmn");
  assert.equal(deployed.processes[0].processDefinitionId, "work");
  const { processDefinitionKey } = deployed.processes[0];
  workers.push(client.createJobWorker({
    type: "work",
    worker: "tester",
    maxJobsToActivate: 4,
    timeout: 30_000,
    pollIntervalMs: 50,
    jobHandler: (job) => job.complete({ paid: true, amount: job.variables.amount, colour: job.customHeaders.colour }),
  }));
  const done = await client.createProcessInstanceWithResult({ processDefinitionId: "work", variables: { amount: 42 } });
  assert.deepEqual({ ...done.variables }, { amount: 42, colour: "green", paid: true });
  const key = done.processInstanceKey;
  assert.equal((await instance(key)).state, "COMPLETED");
  const elements = await client.searchElementInstances({ sort: [{ field: "startDate", order: "ASC" }], ...of(key) });
  assert.equal(elements.items.length, 3);
  const names = (await client.searchVariables(of(key))).items.map((variable) => variable.name).sort();
  assert.deepEqual(names, ["amount", "colour", "paid"]);
  assert.match(await client.getProcessDefinitionXML(processDefinitionKey), /bpmn:process/);
  assert.equal((await client.getProcessDefinition(processDefinitionKey)).version, 1);
  const latest = await client.searchProcessDefinitions({ filter: { processDefinitionId: "work" } });
  assert.equal(latest.page.totalItems, 1);
});

test("says what is not there, and cancels", async () => {
  const { processInstanceKey } = await start("letter-that-is-not-there").catch((error) => {
    assert.ok(status(404)(error), String(error));
    return {};
  });
  assert.equal(processInstanceKey, undefined);
  await deploy("letter.bpmn");
  const begun = await start("letter", { number: "90071992547409910" });
  assert.equal(typeof begun.processInstanceKey, "string");
  await client.cancelProcessInstance({ processInstanceKey: begun.processInstanceKey });
  assert.equal((await instance(begun.processInstanceKey)).state, "TERMINATED");
});

test("finds, takes and completes user tasks", async () => {
  await deploy("review.bpmn", "review.form");
  const { processInstanceKey } = await start("review", { what: "it" });
  const open = { page: { from: 0, limit: 5 }, ...of(processInstanceKey, { state: "CREATED" }) };
  const [task] = (await client.searchUserTasks(open)).items;
  assert.equal(task.name, "Look at it");
  const { userTaskKey } = task;
  await client.assignUserTask({ userTaskKey, assignee: "anna", allowOverride: true });
  assert.equal((await client.getUserTask(userTaskKey)).assignee, "anna");
  const again = client.assignUserTask({ userTaskKey, assignee: "bert", allowOverride: false });
  await assert.rejects(again, status(409));
  await client.completeUserTask({ userTaskKey, variables: { good: true } });
  await assert.rejects(client.completeUserTask({ userTaskKey }), status(404));
  assert.equal((await client.searchUserTasks(open)).items[0].name, "Sign it");
});

test("fails jobs, resolves incidents, raises errors", async () => {
  workers.splice(0).forEach((worker) => worker.stop());
  await deploy("work.bpmn");
  const { processInstanceKey } = await start("work");
  const take = async () => {
    const jobs = await client.activateJobs({ type: "work", worker: "hand", timeout: 30_000, maxJobsToActivate: 10, requestTimeout: 5_000 });
    return jobs.find((job) => job.processInstanceKey === processInstanceKey);
  };
  const job = await take();
  await job.fail({ errorMessage: "no luck", retries: 0 });
  const [incident] = (await client.searchIncidents({ sort: [], ...of(processInstanceKey) })).items;
  assert.equal(incident.errorType, "JOB_NO_RETRIES");
  await client.updateJob({ jobKey: job.jobKey, retries: 1 });
  await client.resolveIncident(incident.incidentKey);
  const again = await take();
  await client.errorJob({ jobKey: again.jobKey, errorCode: "NO_STOCK", errorMessage: "sold", variables: { left: 0 } });
  assert.equal((await instance(processInstanceKey)).state, "COMPLETED");
});

test("publishes, correlates, decides, sets the clock", async () => {
  await deploy("letter.bpmn", "credit.dmn");
  const { processInstanceKey } = await start("letter", { number: "1" });
  const reached = await client.correlateMessage({ name: "answer", correlationKey: "1", variables: {} });
  assert.equal(reached.processInstanceKey, processInstanceKey);
  await client.publishMessage({ name: "answer", correlationKey: "2", timeToLive: 10_000, variables: { kind: true } });
  const done = await client.createProcessInstanceWithResult({ processDefinitionId: "letter", variables: { number: "2" } });
  assert.equal(done.variables.kind, true);
  await client.broadcastSignal({ signalName: "nobody-waits", variables: {} });
  const decided = await client.evaluateDecision({ decisionDefinitionId: "limit", variables: { amount: 150 } });
  assert.equal(decided.output, "5000");
  await client.pinInternalClock(1_900_000_000_000);
  await client.resetClock();
});
