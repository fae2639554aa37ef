// Everybody can use the pages: no accessibility rule is broken, wide and on a phone, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openOrder, openPage, SCHEMES, ship, signIn, SIZES, startBrowser, startDemo, violations } from "./demo.mjs";

let demo;
let browser;

before(async () => { [demo, browser] = await Promise.all([startDemo(), startBrowser()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const scheme of SCHEMES) {
  for (const [name, size] of Object.entries(SIZES)) {
    test(`${name}, ${scheme}: sign-in, list and task break no rule`, async () => {
      const { page, close } = await openPage(browser, demo.link, { size, scheme, forAxe: true });
      assert.deepEqual(await violations(page), [], "sign-in");
      await signIn(page, "anna", "not this");
      await page.waitForSelector("text=User name or password is wrong.");
      assert.deepEqual(await violations(page), [], "refused sign-in");
      await signIn(page, "anna");
      await page.waitForSelector(".card");
      assert.deepEqual(await violations(page), [], "list");
      await openOrder(page, "O-1003");
      assert.deepEqual(await violations(page), [], "task");
      await close();
    });
  }
}

test("the result breaks no rule", async () => {
  const { page, close } = await openPage(browser, demo.link, { scheme: "dark", forAxe: true });
  await signIn(page, "anna");
  await openOrder(page, "O-1001");
  await ship(page);
  await page.waitForSelector(".done");
  assert.deepEqual(await violations(page), []);
  await close();
});
