// What the person sees, and decides: status bar, panel, preview, settings; all of it by keyboard, in both themes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Browser, PLUGIN, Vault, conference, until } from './harness.mjs';

const NOTE = 'Conferences/ICASSP 2025.md';
const TEXT = conference(
  'ICASSP 2025',
  '- as slow as DiffSBDD\n- OBD is what they talk about, see arXiv:2406.00001\n\n## Talk: Speech without Words\n\n- HuBERT again, and again\n',
).replace('date: 2025-04-06', 'date: 2025-04-06\nurl: https://example.org/icassp\ncreated: 05/04/2025');
const DAMAGE = 'Papers/Optimal Brain Damage.md';
const NOTES = {
  [NOTE]: TEXT,
  [DAMAGE]: '---\ntitle: Optimal Brain Damage\ntags:\n  - paper\n---\nPruning.\n',
  'Papers/HuBERT.md': '---\ntitle: "HuBERT: Self-Supervised Speech Representation Learning by Masked Prediction"\ntags:\n  - paper\n---\nHidden units.\n',
};
const SHOTS = process.env.VAULTSYNC_SCREENSHOTS;

let browser, vault, window;

before(async () => {
  browser = await Browser.launch();
});
after(() => browser?.close());
beforeEach(async () => {
  vault = await Vault.make(NOTES, { quiet: 60 });
});
afterEach(async () => {
  const errors = window?.errors ?? [];
  await window?.close();
  window = undefined;
  await vault.remove();
  assert.deepEqual(errors, []);
});

const panel = () => window.page.locator('#side');
const panelText = () => panel().innerText();
const button = (name) => panel().getByRole('button', { name }).first();

async function open(options = {}) {
  await vault.start();
  window = await browser.open(vault, options);
  await window.edit(NOTE);
  await window.run('show-panel');
}

for (const theme of ['light', 'dark']) {
  test(`status bar, panel and preview look right in the ${theme} theme`, async () => {
    await open({ dark: theme === 'dark' });
    await window.fix();
    await until(async () => (await panelText()).includes('Suggestions') && (await panelText()).includes('Last runs'), 'the panel');
    await until(async () => (await panelText()).includes('vaultsync: link'), 'the run');
    const contrast = await window.page.evaluate(() => {
      const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map((one) => {
        const part = Number(one) / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      const light = (colour) => channels(colour).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
      const solid = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const colour = getComputedStyle(one).backgroundColor;
          if (!/rgba\(.*, 0\)|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
      };
      const worst = [...document.querySelectorAll('#side *, .vaultsync-bar *')]
        .filter((one) => one.childElementCount === 0 && one.textContent.trim())
        .map((one) => {
          const [a, b] = [light(getComputedStyle(one).color), light(solid(one))].sort((x, y) => y - x);
          return [(a + 0.05) / (b + 0.05), one.className, one.textContent];
        })
        .sort((x, y) => x[0] - y[0]);
      return worst[0];
    });
    assert.ok(contrast[0] >= 4.5, `text that can't be read (WCAG 2.2, 1.4.3): ${contrast}`);
    if (SHOTS) await window.page.screenshot({ path: join(SHOTS, `panel-${theme}.png`) });
    await window.run('preview');
    await window.page.locator('.vaultsync-diff-added').first().waitFor();
    if (SHOTS) await window.page.screenshot({ path: join(SHOTS, `diff-${theme}.png`) });
  });
}

test('a narrow panel shows long names whole, and a name of several papers once', async () => {
  for (const name of ['A', 'B'].map((one) => one.repeat(80))) {
    await vault.write(`Papers/${name}.md`, `---\ntitle: ${name}\naliases: [OBD]\ntags:\n  - paper\n---\nPruning.\n`);
  }
  vault.commit();
  await open();
  await window.fix();
  await until(async () => (await panelText()).includes('several papers go by this name'), 'the suggestion');
  assert.ok(!(await panelText()).includes('vaultsync links accept'));
  for (const width of [320, 200, 140]) {
    await window.page.evaluate((px) => (document.body.style.gridTemplateColumns = `1fr ${px}px`), width);
    const [whole, shown] = await panel().evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    assert.ok(whole <= shown, `${whole} in ${shown}`);
  }
});

test('commands say that all is paused, and how it goes on', async () => {
  await open();
  await window.run('pause-hour');
  await until(async () => (await panelText()).includes('Paused until'), 'the pause');
  for (const command of ['fix-note', 'fix-vault']) await window.run(command);
  const notices = await window.notices();
  assert.equal(notices.length, 2);
  for (const said of notices) assert.match(said, /^Vaultsync is paused until .+\. The command \u201cGo on after a pause\u201d ends that\.$/);
});

test('problems, suggestions and mentions of the note are listed, and a problem leads to its place', async () => {
  await open();
  await window.fix();
  await until(async () => (await panelText()).includes('fm-dates') || (await panelText()).includes('05/04/2025'), 'the problem');
  assert.ok((await panelText()).includes('“OBD”'));
  assert.ok((await panelText()).includes('Papers in this note'));
  await until(async () => (await panelText()).includes('vaultsync: link'), 'the run');
  await panel().getByRole('button', { name: /^Line .*05\/04\/2025/ }).click();
  const line = await until(
    () => window.page.evaluate(() => {
      const { cm } = app.workspace.main.view.editor;
      const found = cm.state.doc.lineAt(cm.state.selection.main.head).text;
      return found.startsWith('created:') && found;
    }),
    'the cursor at the problem',
  );
  assert.equal(line, 'created: 05/04/2025');
});

test('a problem that may stay is told no more, and comes back when the settings say so', async () => {
  await open();
  await button(/^Leave .*05\/04\/2025/).click();
  await until(async () => !(await panelText()).includes('05/04/2025'), 'that it is gone');
  assert.ok((await vault.read('.vaultsync/config.toml')).includes('accept = ["fm-dates:/Conferences/ICASSP 2025.md"]'));
  await window.page.evaluate(() => {
    const tab = plugin.tabs[0];
    tab.display();
    document.body.appendChild(tab.containerEl);
  });
  const accepted = window.page.locator('.setting-item', { hasText: 'Problems to leave' }).locator('input, textarea');
  await accepted.waitFor();
  assert.equal(await accepted.inputValue(), 'fm-dates:/Conferences/ICASSP 2025.md');
  await accepted.fill('');
  await accepted.blur();
  await until(async () => (await vault.read('.vaultsync/config.toml')).includes('accept = []'), 'the setting');
  await window.fix();
  await until(async () => (await panelText()).includes('05/04/2025'), 'that it is told again');
  assert.deepEqual(await window.notices(), []);
});

test('a suggestion is accepted by keyboard, and the note is linked in its editor', async () => {
  await open();
  const link = button('Link Optimal Brain Damage');
  await link.waitFor();
  await link.focus();
  await window.page.keyboard.press('Enter');
  await until(async () => (await window.text()).includes('[[Optimal Brain Damage|OBD]]'), 'the link');
  assert.ok((await vault.read('.vaultsync/decisions.toml')).includes('obd'));
  await until(async () => !(await panelText()).includes('“OBD”'), 'that it is no suggestion any more');
  assert.deepEqual(await window.notices(), []);
});

test('a suggestion that is refused does not come again', async () => {
  await open();
  await button('Never link “OBD” in this note').waitFor();
  await button('Never link “OBD” in this note').click();
  await until(async () => !(await panelText()).includes('“OBD”'), 'that it is gone');
  assert.ok((await vault.read('.vaultsync/decisions.toml')).includes('deny'));
  assert.ok(!(await window.text()).includes('[[Optimal'));
});

test('a run is shown and taken back, also in the open note', async () => {
  await open();
  const before = await window.text();
  await window.fix();
  assert.notEqual(await window.text(), before);
  await button(/^Take back/).waitFor();
  await button(/^Show what/).click();
  await window.page.locator('.modal .vaultsync-diff-added').first().waitFor();
  await window.page.locator('.modal').getByRole('button', { name: 'Close' }).click();
  await button(/^Take back/).click();
  await until(async () => (await vault.read(NOTE)) === before, 'the note as it was');
  const [notice] = await until(async () => (await window.notices()).length && window.notices(), 'the notice');
  assert.match(notice, /^Taken back in 1 note/);
});

test('before anybody agreed nothing is changed, and the panel asks once', async () => {
  await vault.remove();
  vault = await Vault.make(NOTES, { quiet: 60, consent: false });
  await open();
  await until(async () => (await panelText()).includes('Waiting for your yes'), 'the question');
  const fixed = await window.fix();
  assert.deepEqual([fixed.waiting, fixed.edits], ['consent', []]);
  assert.equal(await window.text(), TEXT);
  await button('Show what would change').click();
  await window.page.locator('.modal .vaultsync-diff-added').first().waitFor();
  await window.page.locator('.modal').getByRole('button', { name: 'Close' }).click();
  await button('Let it work').click();
  await until(async () => !(await panelText()).includes('Waiting for your yes'), 'that it goes on');
  await window.fix();
  assert.ok((await window.text()).includes('[[DiffSBDD]]'));
  assert.deepEqual(await window.notices(), []);
});

test('what the daemon waits for is said once, in a notice and in the status bar', async () => {
  await vault.write('.git/MERGE_HEAD', vault.git('rev-parse', 'HEAD'));
  await open();
  await vault.ask('POST', '/run', {});
  await until(async () => (await window.notices()).length > 0, 'the notice');
  await vault.ask('POST', '/run', {});
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal((await window.notices()).length, 1);
  assert.match(await window.page.locator('.vaultsync-bar').textContent(), /^waits/);
});

test('hovering a link that a run made says why; one that the person made says nothing', async () => {
  await vault.write(NOTE, `${TEXT}- I wrote [[HuBERT]] myself\n`);
  vault.commit();
  await open();
  await window.fix();
  const at = async (words) => {
    const box = await window.page.evaluate((sought) => {
      const { cm } = app.workspace.main.view.editor;
      const found = cm.coordsAtPos(cm.state.doc.toString().indexOf(sought) + 3);
      return { x: found.left, y: (found.top + found.bottom) / 2 };
    }, words);
    await window.page.mouse.move(box.x + 2, box.y);
    await window.page.mouse.move(box.x + 4, box.y);
  };
  await at('[[DiffSBDD]]');
  const tip = window.page.locator('.vaultsync-why');
  await tip.waitFor();
  assert.match(await tip.innerText(), /DiffSBDD\n.*name of the paper/);
  await window.page.mouse.move(5, 5);
  await tip.waitFor({ state: 'detached' });
  await at('[[HuBERT]] myself');
  await until(() => window.requests.filter((one) => one.endsWith('/why')).length >= 2, 'the question');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await tip.count(), 0);
});

test('settings are written for both sides, in the form of 1.13 and in the one before', async () => {
  await open();
  const names = await window.page.evaluate(async () => {
    const tab = plugin.tabs[0];
    tab.display();
    document.body.appendChild(tab.containerEl);
    return tab.getSettingDefinitions().map((one) => one.name);
  });
  assert.deepEqual(await window.page.locator('.setting-item-name').allTextContents(), names);
  const quotes = window.page.locator('.setting-item', { hasText: 'Quote mentions' }).locator('input');
  await quotes.uncheck();
  await until(async () => (await vault.read('.vaultsync/config.toml')).includes('quotes = false'), 'the setting');
  assert.ok((await vault.read('.vaultsync/config.toml')).includes('quiet = 60'));
  const pause = window.page.locator('.setting-item', { hasText: 'Pause before the open note' }).locator('input');
  await pause.fill('3');
  assert.equal(await window.page.evaluate(() => app.stored.vaultsync.pause), 3);
});

test('a pasted list is shown before it becomes notes', async () => {
  await open();
  await window.page.evaluate(() => navigator.clipboard.writeText('arXiv:1901.00001\n'));
  await window.run('import-clipboard');
  await window.page.locator('.modal').getByRole('button', { name: 'Import' }).click();
  await until(async () => (await window.notices()).some((one) => one.startsWith('1 new note')), 'the import');
  await window.run('missing-papers');
  await window.page.locator('.modal', { hasText: '2406.00001' }).waitFor();
});

test('titles beside people that may be papers become notes, too, by keyboard', async () => {
  await vault.write(NOTE, `${TEXT}- “Rings of Wombats in Small Rooms” by Ada Lovelace and Bo Chen\n- “Counting <b>Owls</b> by Night” by Cleo Person et al., 2020\n`);
  vault.commit();
  await open();
  await window.run('missing-papers');
  const modal = window.page.locator('.modal', { hasText: 'These may be papers, too' });
  await modal.waitFor();
  assert.ok((await modal.innerText()).includes(`Ada Lovelace and Bo Chen · ${NOTE}:`));
  assert.equal(await modal.locator('b').count(), 0);
  if (SHOTS) await window.page.screenshot({ path: join(SHOTS, 'missing-light.png') });
  const make = modal.getByRole('button', { name: 'Make a note of Rings of Wombats in Small Rooms' });
  await make.focus();
  await window.page.keyboard.press('Enter');
  await until(async () => (await window.notices()).some((one) => one.startsWith('1 new note')), 'the import');
  const made = await vault.read('Papers/Rings of Wombats in Small Rooms.md');
  assert.ok(/title: ['"]?Rings of Wombats in Small Rooms/.test(made));
  assert.ok(made.includes('Ada Lovelace') && made.includes('Bo Chen'));
});

test('each command is there, without a hotkey, and none fails when there is no daemon', async () => {
  window = await browser.open(vault);
  const commands = await window.page.evaluate(() => [...plugin.commands.values()].map((one) => [one.id, one.name, 'hotkeys' in one]));
  assert.deepEqual(commands.map((one) => one[0]), [
    ...['show-panel', 'fix-note', 'fix-vault', 'preview', 'undo-last-run', 'review-suggestions', 'import-clipboard'],
    ...['missing-papers', 'sync-now', 'pause-hour', 'resume', 'start-daemon'],
  ]);
  assert.ok(commands.every(([id, , hotkeys]) => !id.includes('vaultsync') && !hotkeys));
  for (const [id] of commands) await window.run(id);
});

test('the panel is reached and used by keyboard alone', async () => {
  await open();
  await window.page.locator('.vaultsync-bar').focus();
  await window.page.keyboard.press('Enter');
  await button('Link Optimal Brain Damage').waitFor();
  const unnamed = await window.page.evaluate(() => [...document.querySelectorAll('#side button')].filter((one) => !(one.getAttribute('aria-label') ?? one.textContent).trim()).length);
  assert.equal(unnamed, 0);
  await window.page.evaluate(() => document.querySelector('#side button').focus());
  const reached = new Set();
  for (let i = 0; i < 40; i++) {
    reached.add(await window.page.evaluate(() => document.activeElement?.getAttribute('data-key')));
    await window.page.keyboard.press('Tab');
  }
  const all = await window.page.evaluate(() => [...document.querySelectorAll('#side button')].map((one) => one.getAttribute('data-key')));
  assert.deepEqual(all.filter((key) => !reached.has(key)), []);
});

test('nothing of a note, or of an answer, becomes HTML', async () => {
  const source = await readFile(join(PLUGIN, 'main.js'), 'utf8');
  assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|eval\(|new Function/.test(source));
  await vault.write('Papers/Evil.md', '---\ntitle: "<img src=x onerror=alert(1)>"\naliases:\n  - "<b>boo</b>"\ntags:\n  - paper\n---\nx\n');
  await vault.write(NOTE, `${TEXT}- <b>boo</b> and <img src=x onerror=alert(1)>\n`);
  vault.commit();
  await open();
  await window.fix();
  await until(async () => (await panelText()).includes('Last runs'), 'the panel');
  assert.equal(await window.page.locator('#side img, #side b').count(), 0);
});
