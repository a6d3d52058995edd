// The auditors' console in a real browser: `node console.mjs`, what there is to look at as JSON on
// standard input (see `tests/it/console/browser.rs`). Ends with 1 and says what was wrong, or with 0 and
// says how many pages were seen.
//
// Each page must keep the rules of WCAG 2.1 AA that can be checked by a program (axe-core), log no
// error, ask no other host, and be reached by the keyboard; with scripts and without, in both
// languages, light and dark, wide and 400 pixels narrow.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { flows } from "./flows.mjs";

const modules = process.env.DANCU_BROWSER_MODULES;
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const given = JSON.parse(readFileSync(0, "utf8"));
const { base, entry, token } = given;
const pages = [
  "/console",
  "/console/search",
  "/console/search?agency=H%2029",
  "/console/entries",
  `/console/entries/${entry}`,
  "/console/report",
  "/console/signals",
  "/console/signals/1",
  "/console/statistics",
  "/console/reconciliation",
  "/console/log",
  "/console/nowhere",
];
const settings = [
  { locale: "vi", colorScheme: "light", width: 1280, javaScriptEnabled: true, whole: true },
  { locale: "en", colorScheme: "dark", width: 400, javaScriptEnabled: true, whole: true },
  { locale: "vi", colorScheme: "dark", width: 400, javaScriptEnabled: true, whole: false },
  { locale: "en", colorScheme: "light", width: 1280, javaScriptEnabled: false, whole: true },
];

const faults = [];
let seen = 0;
const browser = await chromium.launch({
  executablePath: process.env.DANCU_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const { width, whole, ...options } of settings) {
  const name = `${options.locale} ${options.colorScheme} ${width}${options.javaScriptEnabled ? "" : " without scripts"}`;

  // A browser of these settings, in which every page is looked at in the same way.
  const open = async (host, more = {}) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, ...options, ...more });
    const page = await context.newPage();
    const wrong = (what) => faults.push(`${name} ${new URL(page.url()).pathname}: ${what}`);
    page.on("console", (message) => {
      // That a page is a problem's is no error of its making.
      const status = /responded with a status of (4\d\d|503)/.test(message.text());
      if (message.type() === "error" && !status) wrong(`logged ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong(`threw ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${host}/`)) wrong(`asked ${request.url()}`);
      for (const secret of given.secrets) {
        if (decodeURIComponent(request.url()).includes(secret)) wrong("an address names somebody");
      }
    });
    const look = async () => {
      seen += 1;
      // With its style, or its colours are not its own.
      await page.waitForLoadState("load");
      if (options.javaScriptEnabled) {
        // From outside the page, whose policy would let no such script in.
        const result = await page.evaluate(`(() => { ${axe}; return axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }); })()`);
        for (const fault of result.violations) {
          wrong(`${fault.id}: ${fault.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
        }
        const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        if (wide) wrong("is wider than the window");
      }
      const lang = await page.locator("html").getAttribute("lang");
      if (lang !== options.locale) wrong(`is in ${lang}`);
    };
    const enter = async (token) => {
      await page.goto(`${host}/console/sign-in`);
      await page.locator("textarea").fill(token);
      await page.locator("main button").click();
      await page.locator(".tiles").waitFor();
    };
    return { host, context, page, wrong, look, enter };
  };

  const tab = await open(base);
  const { context, page, wrong, look } = tab;
  await page.goto(`${base}/console/log`);
  await look();
  await page.locator("textarea").fill("no.token.this");
  await page.locator("main button").click();
  await page.locator("#wrong").waitFor();
  await look();
  await page.locator("textarea").fill(token);
  await page.locator("main button").click();
  await page.locator(".tiles").waitFor();
  for (const path of pages) {
    await page.goto(base + path);
    await look();
    // The first key leads to the link that skips what stands on every page.
    await page.keyboard.press("Tab");
    const first = await page.locator(":focus").getAttribute("href");
    if (first !== "#main") wrong(`begins with ${first}`);
  }
  // What is done is done alike in light and dark.
  if (whole) await flows(given, tab, open);
  await page.goto(`${base}/console/search`);
  await page.locator("#decision").selectOption("refused");
  await page.locator("main form button").first().click();
  await page.waitForURL("**/console/search?decision=refused");
  await look();
  await page.emulateMedia({ media: "print" });
  if (await page.locator("nav").first().isVisible()) wrong("prints the navigation");
  await page.emulateMedia({ media: "screen" });
  const other = options.locale === "vi" ? "en" : "vi";
  await page.locator("a.language").click();
  if ((await page.locator("html").getAttribute("lang")) !== other) wrong("stays in its language");
  await page.locator("a.language").click();
  // Whoever comes back with the cookie of a session that has ended is told so.
  const before = await context.cookies();
  await page.locator("form[action='/console/sign-out'] button").click();
  await page.waitForURL("**/console/sign-in");
  await context.addCookies(before);
  await page.goto(`${base}/console/log`);
  await page.locator("textarea").waitFor();
  if (!(await page.locator("main [role=status]").isVisible())) wrong("does not say that the session ended");
  await look();
  await context.close();
}
await browser.close();
for (const fault of faults) console.log(fault);
console.log(`${seen} pages, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
