// A demonstration of its own for each file of tests: hosk with the ship-goods process, and Chromium.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const READY_MS = 60_000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const PASSWORD = "ship-goods";
export const SIZES = { wide: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };
export const SCHEMES = ["light", "dark"];

// Starts `hosk demo` on a port that the system chooses; `link` is its address.
export async function startDemo() {
  const child = spawn(process.env.HOSK_BIN, ["demo", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const link = await new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error("the demonstration is not ready")), READY_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /ready in \d+ ms: (http:\S+)/.exec(line)?.[1];
      if (found) { clearTimeout(patience); resolve(found); }
    });
    child.once("exit", (code) => { clearTimeout(patience); reject(new Error(`hosk ended with ${code}`)); });
  });
  const stop = () => new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.once("exit", resolve);
    child.kill("SIGTERM");
  });
  return { link, stop };
}

export const startBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM_BIN, args: FLAGS });

// A page in a window of its own. `complaints` gathers what the browser itself objects to: scripts that fail, what the
// content security policy stops. A refused sign-in (401) is an answer, not a complaint.
export async function openPage(browser, link, { size = SIZES.wide, scheme = "light", forAxe = false } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, bypassCSP: forAxe });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (401|409)/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(link);
  await page.waitForSelector("#name");
  return { page, complaints, close: () => context.close() };
}

export async function signIn(page, name, password = PASSWORD) {
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.click("button.main");
}

// Opens the task of an order from the list.
export async function openOrder(page, number) {
  await page.click(`.card:has-text("${number}")`);
  await page.waitForSelector(`form.box:has-text("${number}")`);
}

// Fills the form of "Ship goods" and presses the button.
export async function ship(page) {
  await page.selectOption("form.box select", { index: 1 });
  await page.click('form.box button[type="submit"]');
}

// What the accessibility rules object to, one line each.
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
}

// A request to the REST API, past the page.
export async function rest(link, user, method, path, body) {
  const response = await fetch(link + path, {
    method,
    headers: { Authorization: `Basic ${btoa(`${user}:${PASSWORD}`)}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}
