// The daemon comes and goes, is another one, or no daemon at all: the plugin finds its own, and bothers nobody.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Browser, Vault, conference, until } from './harness.mjs';

const NOTE = 'Conferences/Day.md';

let browser, vault, window;

before(async () => {
  browser = await Browser.launch();
});
after(() => browser?.close());
beforeEach(async () => {
  vault = await Vault.make({ [NOTE]: conference('Day', '- as slow as DiffSBDD\n') }, { quiet: 60 });
});
afterEach(async () => {
  const errors = window?.errors ?? [];
  await window?.close();
  window = undefined;
  await vault.remove();
  assert.deepEqual(errors, []);
});

const bar = () => window.page.locator('.vaultsync-bar').textContent();
const trouble = () => window.page.evaluate(() => plugin.daemon.trouble);
const again = () => window.page.evaluate(() => plugin.daemon.retry());

async function writeAddress(change) {
  const address = await vault.address();
  const [name] = (await readdir(vault.stateFolder)).filter((one) => one.endsWith('.api.json'));
  await writeFile(join(vault.stateFolder, name), JSON.stringify({ ...address, ...change }));
}

test('offline the note is edited as ever, and the start of a daemon is noticed', async () => {
  window = await browser.open(vault, { pause: 1 });
  await until(async () => (await bar()).includes('not running'), 'that no daemon runs');
  await window.page.evaluate((path) => app.workspace.main.openFile(app.vault.getAbstractFileByPath(path)), NOTE);
  await window.cursorAfter('as slow as DiffSBDD');
  await window.type(', offline');
  await until(async () => (await vault.read(NOTE)).includes(', offline'), 'Obsidian\u2019s own save');
  assert.ok((await window.text()).includes('- as slow as DiffSBDD, offline'));
  await vault.start();
  await again();
  await window.connected();
  await until(async () => !(await bar()).includes('not running'), 'the status bar');
  assert.deepEqual(await window.notices(), []);
});

test('a daemon that was started anew, with another port and token, is found without a word', async () => {
  await vault.start();
  window = await browser.open(vault);
  await window.edit(NOTE);
  const first = await vault.address();
  await vault.stop();
  await until(async () => (await bar()).includes('not running'), 'that it is gone');
  await vault.start();
  const second = await vault.address();
  assert.notEqual(second.token, first.token);
  await again();
  await window.connected();
  assert.equal((await window.fix()).edits.length, 1);
  assert.ok((await window.text()).includes('[[DiffSBDD]]'));
  assert.deepEqual(await window.notices(), []);
});

test('a request under way when the daemon is killed is asked again of the next one', async () => {
  await vault.start();
  window = await browser.open(vault);
  await window.edit(NOTE);
  await vault.stop('SIGKILL');
  await vault.start();
  const fixed = await window.page.evaluate(() => plugin.openNotes.fix(app.workspace.main.view));
  assert.equal(fixed.edits.length, 1);
  assert.deepEqual(await window.notices(), []);
});

test('a token that is wrong is read again from its file', async () => {
  await vault.start();
  window = await browser.open(vault);
  await window.edit(NOTE);
  await window.page.evaluate(() => (plugin.daemon.address.token = 'x'.repeat(43)));
  assert.equal((await window.fix()).edits.length, 1);
});

test('the daemon of another vault is left alone', async () => {
  await vault.start();
  await writeAddress({ vault: vault.home });
  window = await browser.open(vault);
  await until(async () => (await trouble()) === 'The daemon does not run', 'that it is not taken');
  assert.equal(window.requests.length, 0);
});

test('a file that lies about its vault does not fool the plugin', async () => {
  const other = await Vault.make({ [NOTE]: conference('Other', '- DiffSBDD\n') });
  try {
    await other.start();
    const address = await other.address();
    await mkdir(vault.stateFolder, { recursive: true });
    await writeFile(join(vault.stateFolder, 'forged.api.json'), JSON.stringify({ ...address, vault: vault.path }));
    window = await browser.open(vault);
    await until(async () => (await trouble()) === 'The daemon belongs to another vault', 'the refusal');
    assert.ok(window.requests.every((request) => request === 'GET /v1/status'), window.requests.join());
  } finally {
    await other.remove();
  }
});

test('a program that has got the port of a daemon that was killed is no daemon, in plain words', async () => {
  await vault.start();
  await vault.stop('SIGKILL');
  const other = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>hello'));
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  await writeAddress({ url: `http://127.0.0.1:${other.address().port}` });
  window = await browser.open(vault);
  await until(async () => (await trouble()) === 'The daemon does not answer', 'what is wrong');
  await window.run('fix-vault');
  await until(async () => (await window.notices()).length > 0, 'the notice');
  assert.deepEqual(await window.notices(), ['The daemon does not answer']);
  other.close();
});

test('each of two installations keeps the notes that are open in it', async () => {
  await vault.write('Conferences/Evening.md', conference('Evening', '- as fast as DiffSBDD\n'));
  vault.commit();
  await vault.start();
  window = await browser.open(vault);
  await window.edit(NOTE);
  const second = await browser.open(vault);
  await second.edit('Conferences/Evening.md');
  await window.page.evaluate(() => plugin.daemon.hold());
  const { left } = await vault.ask('POST', '/run', {});
  await second.close();
  assert.deepEqual(left, ['Conferences/Day.md', 'Conferences/Evening.md']);
});

test('a daemon that speaks another version is named, not asked', async () => {
  await vault.start();
  await writeAddress({ api: '2.0' });
  window = await browser.open(vault);
  await until(async () => (await trouble()).includes('does not know'), 'the refusal');
  assert.equal(window.requests.length, 0);
  await window.run('show-panel');
  await until(async () => (await window.page.locator('#side').textContent()).includes('does not know'), 'the panel');
});

test('no token is sent to another machine, whatever the file says', async () => {
  await vault.start();
  const good = await vault.address();
  window = await browser.open(vault);
  await window.connected();
  const find = () => window.page.evaluate(() => plugin.daemon.finder.find());
  assert.equal((await find()).url, good.url);
  for (const url of ['http://192.0.2.1:80', 'https://127.0.0.1:1', 'http://127.0.0.1.evil.example:1', 'http://127.0.0.1:1@evil.example', 'file:///etc/passwd']) {
    await writeAddress({ url });
    assert.equal(await find(), null, url);
  }
});

test('the daemon is started from the panel, by the program that the settings name', async () => {
  window = await browser.open(vault, { program: '/opt/bin/vaultsync' });
  await until(async () => (await bar()).includes('not running'), 'that no daemon runs');
  await window.run('show-panel');
  window.program = async () => {
    await vault.start();
    return { code: 0, said: '', error: '' };
  };
  await window.page.getByRole('button', { name: 'Start the daemon' }).click();
  await window.connected();
  assert.deepEqual(window.spawned, [['/opt/bin/vaultsync', 'daemon', '--detach', '--vault', vault.path]]);
  assert.deepEqual(await window.notices(), []);
});

test('a daemon that does not start says why', async () => {
  window = await browser.open(vault);
  window.program = async () => ({ code: 2, said: 'vaultsync: the lock file can\u2019t be used', error: '' });
  await window.run('start-daemon');
  await until(async () => (await window.notices()).length === 1, 'the notice');
  assert.ok((await window.notices())[0].includes('the lock file'));
});

test('the folder that a person names is looked into, for a sandbox that hides the usual one', async () => {
  await vault.start();
  window = await browser.open(vault);
  await window.connected();
  const elsewhere = join(vault.folder, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'x.api.json'), await readFile(join(vault.stateFolder, (await readdir(vault.stateFolder)).find((one) => one.endsWith('.api.json')))));
  const found = await window.page.evaluate((folder) => {
    plugin.setLocal({ folder });
    return plugin.daemon.finder.find();
  }, elsewhere);
  assert.equal(found.url, (await vault.address()).url);
});
