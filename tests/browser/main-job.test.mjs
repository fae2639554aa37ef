// The main job as an employee does it: see the task, press the button, see what happened in the CRM and in the ERP.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openOrder, openPage, rest, ship, signIn, SIZES, startBrowser, startDemo } from "./demo.mjs";

let demo;
let browser;

before(async () => { [demo, browser] = await Promise.all([startDemo(), startBrowser()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

async function stockOf(product) {
  const { items } = await rest(demo.link, "admin", "GET", `/hosk/v1/records/stock?product=${product}`);
  return items.reduce((sum, row) => sum + Number(row.quantity), 0);
}

test("a wrong password is told, and what was typed wrong can be typed again", async () => {
  const { page, complaints, close } = await openPage(browser, demo.link);
  await signIn(page, "anna", "not this");
  await page.waitForSelector("text=User name or password is wrong.");
  await signIn(page, "anna");
  await page.waitForSelector(".card");
  assert.deepEqual(complaints, []);
  await close();
});

test("an order is shipped: delivery, client card and stock are there", async () => {
  const { page, complaints, close } = await openPage(browser, demo.link);
  await signIn(page, "anna");
  const before = await stockOf("P-100");
  await openOrder(page, "O-1001");
  await page.click("text=Take it");
  await page.waitForSelector("text=taken by anna");
  await page.click('form.box button[type="submit"]');
  assert.equal(await page.locator(".done").count(), 0, "a form that is not filled is not sent");
  await ship(page);
  await page.waitForSelector(".done");
  const result = await page.innerText("#task");
  assert.match(result, /D-\d{6}/);
  assert.match(result, /Արարատ Մարկետ ՍՊԸ/);
  assert.equal(await stockOf("P-100"), before - 2);
  assert.equal(await page.locator('.card:has-text("O-1001")').count(), 0, "the task is gone from the list");
  assert.deepEqual(complaints, []);
  await close();
});

test("somebody else was quicker: told by name, and nothing happens twice", async () => {
  const { page, complaints, close } = await openPage(browser, demo.link);
  await signIn(page, "anna");
  await openOrder(page, "O-1002");
  const found = await rest(demo.link, "admin", "POST", "/v2/user-tasks/search", { filter: { state: "CREATED", tags: ["order:O-1002"] } });
  const key = found.items[0].userTaskKey;
  await rest(demo.link, "admin", "POST", `/v2/user-tasks/${key}/assignment`, { assignee: "karen" });
  await page.click("text=Take it");
  await page.waitForSelector("#note .problem");
  assert.match(await page.innerText("#note"), /karen/);
  await rest(demo.link, "admin", "DELETE", `/v2/user-tasks/${key}/assignee`);
  assert.deepEqual(complaints, []);
  await close();
});

test("a blocked client goes to the managers, on a phone", async () => {
  const { page, complaints, close } = await openPage(browser, demo.link, { size: SIZES.phone });
  await signIn(page, "anna");
  await page.waitForSelector(".card");
  assert.equal(await page.locator("#task").isVisible(), false, "the list has the screen for itself");
  await openOrder(page, "O-1002");
  assert.equal(await page.locator("#list").isVisible(), false, "the task has the screen for itself");
  await ship(page);
  await page.waitForSelector("text=waits for managers");
  await page.click("text=← All tasks");
  await page.waitForSelector('.card:has-text("O-1003")');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(overflow, false, "nothing sticks out sideways");
  assert.deepEqual(complaints, []);
  await close();
});

test("the ERP is down: the employee is told when it is tried again, and the retry goes on by itself", async () => {
  await rest(demo.link, "admin", "PUT", "/hosk/v1/records/outage", { seconds: 5 });
  const { page, complaints, close } = await openPage(browser, demo.link);
  await signIn(page, "anna");
  await openOrder(page, "O-1003");
  await ship(page);
  await page.waitForSelector("#task .box.trouble");
  assert.match(await page.innerText("#task .box.trouble"), /did not work yet.*It is tried again at/s);
  const open = await taskNamed("Resolve shortage", "order:O-1003");
  assert.ok(open, "400 cases are not in stock, which the ERP says as soon as it answers");
  const ledger = await rest(demo.link, "admin", "GET", "/hosk/v1/records/ledger/check");
  assert.equal(ledger.ok, true, JSON.stringify(ledger));
  assert.deepEqual(complaints, []);
  await close();
});

// Waits for a task of an order, a minute at most.
async function taskNamed(name, tag) {
  for (let attempt = 0; attempt < 120; attempt += 1) {
    const { items } = await rest(demo.link, "admin", "POST", "/v2/user-tasks/search", { filter: { state: "CREATED", name, tags: [tag] } });
    if (items.length > 0) return items[0];
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return undefined;
}
