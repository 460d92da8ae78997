// How long the longest frame of a real editor is while the plugin fixes a note of 5,000 lines; for bench.plugin.
//
// Beside the clock's time, which grows on a busy machine, the longest task's own time of the processor is told.

import { Browser, Vault, conference } from './harness.mjs';

/** The longest task of the page's main thread, in milliseconds of the processor. */
function ownTimes(events) {
  const threads = new Set(events.filter((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain').map((one) => `${one.pid} ${one.tid}`));
  const tasks = events.filter((one) => one.name === 'RunTask' && one.tdur !== undefined && threads.has(`${one.pid} ${one.tid}`));
  if (tasks.length === 0) throw new Error('no task was traced');
  return Math.max(...tasks.map((one) => one.tdur)) / 1000;
}

const browser = await Browser.launch();
const vault = await Vault.make({}, { quiet: 600 });
try {
  await vault.start();
  const lines = Array.from({ length: 5000 }, (_, i) => (i % 100 ? `- line ${i} of what was said\n` : `\n## Talk: T${i}\n\n- DiffSBDD ${i}\n`));
  const window = await browser.open(vault);
  await window.connected();
  await window.page.evaluate(() => {
    window.longest = 0;
    window.watched = true;
    let before = performance.now();
    const frame = (now) => {
      window.longest = Math.max(window.longest, now - before);
      before = now;
      if (window.watched) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) (window.tasks ??= []).push(task.duration);
    }).observe({ entryTypes: ['longtask'] }); // tasks of more than 50 ms
  });
  const longest = [];
  const measured = ['toplevel', 'disabled-by-default-devtools.timeline'];
  for (let round = 0; round < 10; round++) {
    const path = `Conferences/Long ${round}.md`;
    await vault.write(path, conference(`Long ${round}`, lines.join('')));
    await window.edit(path);
    await window.cursorAfter('line 2501');
    await window.type(' typed');
    await window.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    await window.page.evaluate(() => ((window.longest = 0), (window.tasks = [])));
    await browser.browser.startTracing(window.page, { categories: measured });
    const fixed = await window.fix();
    await window.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const cpu = ownTimes(JSON.parse(await browser.browser.stopTracing()).traceEvents);
    longest.push({ ...(await window.page.evaluate(() => ({ frame: window.longest, tasks: window.tasks }))), cpu, edits: fixed?.edits.length });
  }
  const frames = longest.map((one) => one.frame);
  console.log(JSON.stringify({ longest: Math.max(...frames), cpu: Math.max(...longest.map((one) => one.cpu)), rounds: longest }));
} finally {
  await browser.close();
  await vault.remove();
}
