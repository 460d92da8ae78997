// The plugin's functions that need no window: texts, offsets, and which file of the machine is believed.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PLUGIN } from './harness.mjs';

const require = createRequire(import.meta.url);
const obsidian = new Proxy({}, { get: () => class {} });
const module = { exports: {} };
new Function('require', 'module', readFileSync(join(PLUGIN, 'main.js'), 'utf8'))(
  (name) => (name === 'obsidian' ? obsidian : require(name)),
  module,
);
const { areInOrder, unitsBefore, stateFolders, addressIn, linkAt } = module.exports.pure;

test('edits that overlap, go back or lie outside are refused', () => {
  for (const edits of [
    [{ from: 0, to: 2, text: '' }, { from: 1, to: 2, text: '' }],
    [{ from: 2, to: 1, text: '' }],
    [{ from: 0, to: 9, text: '' }],
  ]) assert.equal(areInOrder(3, edits), false);
  assert.equal(areInOrder(3, [{ from: 0, to: 2, text: '𝕏' }, { from: 2, to: 3, text: '!' }]), true);
  assert.equal(areInOrder(0, []), true);
});

test('a column that counts characters becomes an offset in code units', () => {
  assert.equal(unitsBefore('a👩b', 1), 0);
  assert.equal(unitsBefore('a👩b', 3), 3);
  assert.equal(unitsBefore('a👩b', 99), 4);
});

test('the link around a place is found, and none beside it', () => {
  const line = 'see [[A|b]] and [c](d.md), ![[e]]';
  for (const [at, found] of [[3, ''], [4, '[[A|b]]'], [10, '[[A|b]]'], [11, ''], [18, '[c](d.md)'], [28, '[[e]]']]) {
    const link = linkAt(line, at);
    assert.equal(link === null ? '' : line.slice(link.from, link.to), found, `at ${at}`);
  }
});

test('the daemon\u2019s folder is looked for where each system keeps state', () => {
  assert.deepEqual(stateFolders('linux', {}, '/home/a', ''), ['/home/a/.local/state/vaultsync/daemon']);
  assert.deepEqual(stateFolders('linux', { XDG_STATE_HOME: '/s' }, '/home/a', ''), ['/s/vaultsync/daemon', '/home/a/.local/state/vaultsync/daemon']);
  assert.ok(stateFolders('linux', { SNAP_REAL_HOME: '/home/a' }, '/home/a/snap/obsidian/1', '').includes('/home/a/.local/state/vaultsync/daemon'));
  assert.deepEqual(stateFolders('darwin', {}, '/Users/a', ''), ['/Users/a/Library/Application Support/vaultsync/daemon']);
  assert.deepEqual(stateFolders('win32', { LOCALAPPDATA: 'C:\\L' }, 'C:\\a', ''), ['C:\\L\\vaultsync\\daemon']);
  assert.deepEqual(stateFolders('linux', { XDG_STATE_HOME: '/s' }, '/home/a', '/mine'), ['/mine']);
});

test('an address is believed if it is one on this machine, and whole', () => {
  const address = { url: 'http://127.0.0.1:4711', token: 'x'.repeat(43), pid: 1, vault: '/v', version: '0.1.0', api: '1.0' };
  assert.deepEqual(addressIn(JSON.stringify(address)), address);
  for (const wrong of [
    { url: 'http://localhost:1' }, { url: 'http://127.0.0.1' }, { url: 'http://127.0.0.1:1/x' }, { url: 'http://10.0.0.1:1' },
    { token: 'short' }, { token: `${'x'.repeat(43)}\n` }, { vault: 1 }, { api: undefined },
  ]) assert.equal(addressIn(JSON.stringify({ ...address, ...wrong })), null, JSON.stringify(wrong));
  for (const text of ['', '{', 'null', '[]', '"x"']) assert.equal(addressIn(text), null);
});
