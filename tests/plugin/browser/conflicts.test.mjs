// What two devices could not agree on, settled by a button: over conflict notes that a real sync has left.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Browser, Vault, conference, until } from './harness.mjs';

const SIDES = ['ours', 'theirs', 'both'];
const BUTTONS = { ours: 'Keep this one', theirs: 'Keep the other', both: 'Keep both' };
const path = (side) => `Conferences/Split ${side}.md`;
const text = (side, end) => conference(`Split ${side}`, `- the first line of the note\n\n- the second, some way off\n\n- ${end}\n`);
const HERE = 'an end that was written on this device';
const THERE = 'quite another end, from the other one';

let browser, vault, window;

before(async () => {
  browser = await Browser.launch();
  vault = await Vault.make(Object.fromEntries(SIDES.map((side) => [path(side), text(side, 'the end')])), { quiet: 60 });
  const [remote, other] = ['remote.git', 'other'].map((name) => join(vault.folder, name));
  const run = (program, ...args) => execFileSync(program, args, { env: vault.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const sync = (root) => run(process.env.VAULTSYNC_PYTHON ?? 'python3', '-m', 'vaultsync', 'sync', '--vault', root);
  run('git', 'init', '-q', '--bare', remote);
  vault.git('remote', 'add', 'origin', remote);
  vault.git('push', '-q', '-u', 'origin', 'HEAD');
  run('git', 'clone', '-q', remote, other);
  const there = new Vault(vault.folder);
  there.path = other;
  for (const side of SIDES) {
    await there.write(path(side), text(side, THERE));
    await vault.write(path(side), text(side, HERE));
  }
  sync(other);
  try {
    sync(vault.path);
  } catch (error) {
    assert.equal(error.status, 1, String(error.stderr)); // conflicts are left to the person
  }
  await vault.start();
});
after(async () => {
  await browser?.close();
  await vault?.remove();
});
afterEach(async () => {
  const errors = window?.errors ?? [];
  await window?.close();
  window = undefined;
  assert.deepEqual(errors, []);
});

const conflictsOf = (side) => vault.git('ls-files', '-z').split('\0').filter((name) => name.startsWith(`Conferences/Split ${side} (conflict`));
const part = (side) => window.page.locator('.vaultsync-conflict', { hasText: `Two versions of Split ${side}` });

test('the notes on which two devices do not agree are shown, with what each has', async () => {
  window = await browser.open(vault);
  await window.edit('Papers/DiffSBDD.md');
  await window.run('show-panel');
  for (const side of SIDES) {
    await part(side).waitFor();
    const shown = await part(side).innerText();
    assert.ok(shown.includes(`Here: - ${HERE}`) && shown.includes(`There: - ${THERE}`), shown);
    assert.equal(conflictsOf(side).length, 1);
  }
  await until(async () => (await window.page.locator('.vaultsync-bar').textContent()).trim() === '3 conflicts', 'the status bar');
});

for (const side of SIDES) {
  test(`a button keeps ${side}, and the conflict is over`, async () => {
    window = await browser.open(vault);
    await window.edit('Papers/DiffSBDD.md');
    await window.run('show-panel');
    const button = part(side).getByRole('button', { name: BUTTONS[side] });
    await button.focus();
    await window.page.keyboard.press('Enter');
    await part(side).waitFor({ state: 'detached' });
    const kept = await vault.read(path(side));
    assert.deepEqual([kept.includes(HERE), kept.includes(THERE)], [side !== 'theirs', side !== 'ours']);
    assert.ok(kept.startsWith(text(side, '').slice(0, 80)));
    assert.deepEqual(conflictsOf(side), []);
    assert.match(vault.git('log', '-1', '--format=%s', '--', 'Conferences'), /^vaultsync: settle what two devices wrote in Split/);
    assert.deepEqual(await window.notices(), []);
  });
}

test('a conflict whose note is being typed in waits, and says so', async () => {
  const other = 'Conferences/Split ours (conflict 1a2b3c4).md';
  await vault.write(other, text('ours', THERE));
  await vault.ask('POST', '/run', {}); // a run sees it
  window = await browser.open(vault);
  await window.edit(path('ours'));
  await window.cursorAfter('second, ');
  await window.type('quite ');
  await window.run('show-panel');
  await part('ours').waitFor();
  await part('ours').getByRole('button', { name: 'Keep the other' }).click();
  const [notice] = await until(async () => (await window.notices()).length && window.notices(), 'the notice');
  assert.match(notice, /is being typed in/);
  assert.ok((await window.text()).includes('second, quite some'));
  assert.ok((await vault.read(other)).includes(THERE));
});
