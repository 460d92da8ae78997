// A real vault with a real daemon, and a page with the plugin in real CodeMirror: what the tests of the browser share.
//
// Node does here what Electron does in Obsidian: it reads and writes the vault's files, and asks the daemon over HTTP.

import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(HERE, '..', 'node_modules');
export const ROOT = join(HERE, '..', '..', '..');
export const PLUGIN = join(ROOT, 'vaultsync', 'api', 'plugin');
const PYTHON = process.env.VAULTSYNC_PYTHON ?? 'python3';
const PATIENCE = 30_000;

export const PAPER = 'Papers/DiffSBDD.md';
export const PAPER_TEXT = `---
title: "DiffSBDD: Structure-based Drug Design with Equivariant Diffusion Models"
tags:
  - paper
arxiv: "2210.13695"
---
Molecules from noise.
`;

/** A conference note in order, with one line that a run would link. */
export const conference = (title, lines) =>
  `---\ntitle: ${title}\ntags:\n  - conference\ndate: 2025-04-06\n---\n# Montag Vormittag\n\n${lines}`;

/** Waits until a condition gives something true, and gives that. */
export async function until(condition, what, within = PATIENCE) {
  const end = Date.now() + within;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A vault with a repository, and its daemon. */
export class Vault {
  static async make(notes, { quiet = 0.5, consent = true } = {}) {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'vaultsync-plugin-')));
    const vault = new Vault(folder);
    await mkdir(join(vault.path, '.obsidian'), { recursive: true });
    await mkdir(join(vault.path, '.vaultsync'), { recursive: true });
    await writeFile(join(vault.path, '.vaultsync', 'config.toml'), `[watch]\nquiet = ${quiet}\n`);
    await mkdir(vault.home, { recursive: true });
    await writeFile(join(vault.home, '.gitconfig'), '[user]\n\tname = Ada Person\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n');
    for (const [path, text] of Object.entries({ [PAPER]: PAPER_TEXT, ...notes })) await vault.write(path, text);
    vault.git('init', '-q');
    vault.commit();
    if (consent) vault.python(`from pathlib import Path; from vaultsync.vault.consent import give_consent; give_consent(Path(${JSON.stringify(vault.path)}))`);
    return vault;
  }

  constructor(folder) {
    this.folder = folder;
    this.path = join(folder, 'vault');
    this.home = join(folder, 'home');
    this.env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT_|VAULTSYNC_VAULT|XDG_)/.test(name))),
      HOME: this.home,
      XDG_STATE_HOME: join(this.home, 'state'),
      XDG_CACHE_HOME: join(this.home, 'cache'),
      GIT_CONFIG_GLOBAL: join(this.home, '.gitconfig'),
      GIT_CONFIG_NOSYSTEM: '1',
      PYTHONPATH: ROOT,
    };
    this.daemon = null;
  }

  async write(path, text) {
    await mkdir(dirname(join(this.path, path)), { recursive: true });
    await writeFile(join(this.path, path), text);
  }

  read(path) {
    return readFile(join(this.path, path), 'utf8');
  }

  git(...args) {
    return execFileSync('git', ['-C', this.path, ...args], { env: this.env, encoding: 'utf8' });
  }

  commit() {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'as found');
  }

  python(code) {
    return execFileSync(PYTHON, ['-c', code], { env: this.env, encoding: 'utf8' });
  }

  /** Subject and text of each commit of a note, the newest first. */
  commits(path) {
    const lines = this.git('log', '--format=%H %s', '--', path).trim().split('\n').filter(Boolean);
    return lines.map((line) => ({ subject: line.slice(41), text: this.git('show', `${line.slice(0, 40)}:${path}`) }));
  }

  get stateFolder() {
    return join(this.env.XDG_STATE_HOME, 'vaultsync', 'daemon');
  }

  /** The daemon's file with its address, once it is there. */
  async address() {
    return until(async () => {
      const names = existsSync(this.stateFolder) ? await readdir(this.stateFolder) : [];
      const name = names.find((one) => one.endsWith('.api.json'));
      return name && JSON.parse(await readFile(join(this.stateFolder, name), 'utf8').catch(() => 'null'));
    }, 'the address of the daemon');
  }

  async ask(method, path, body) {
    const { url, token } = await this.address();
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    return answer.json();
  }

  async start() {
    this.daemon = spawn(PYTHON, ['-m', 'vaultsync', 'daemon', '--vault', this.path], { env: this.env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.said = '';
    this.daemon.stderr.on('data', (data) => (this.said += data));
    await until(() => {
      if (this.daemon.exitCode !== null) throw new Error(`the daemon has ended: ${this.said}`);
      return existsSync(this.stateFolder) && this.address().then(({ pid }) => pid === this.daemon.pid);
    }, 'the daemon');
    await until(async () => (await this.ask('GET', '/status')).state !== 'starting', 'the first look');
  }

  async stop(signal = 'SIGTERM') {
    const daemon = this.daemon;
    if (daemon === null || daemon.exitCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await ended;
    this.daemon = null;
  }

  async remove() {
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.html': 'text/html' };

/** CodeMirror's packages by name, each with its file for browsers. */
async function importMap() {
  const imports = { obsidian: '/browser/obsidian.js' };
  const scopes = ['@codemirror', '@lezer', '@marijn'];
  const names = ['style-mod', 'w3c-keyname', 'crelt'];
  for (const scope of scopes) {
    for (const name of await readdir(join(MODULES, scope))) names.push(`${scope}/${name}`);
  }
  for (const name of names) {
    const about = JSON.parse(await readFile(join(MODULES, name, 'package.json'), 'utf8'));
    const entry = about.exports?.import ?? about.exports?.['.']?.import ?? about.module ?? about.main;
    imports[name] = `/node_modules/${name}/${(entry.default ?? entry).replace(/^\.\//, '')}`;
  }
  return JSON.stringify({ imports });
}

/** A browser, and the server of its pages. */
export class Browser {
  static async launch() {
    const map = await importMap();
    const folders = { browser: HERE, plugin: PLUGIN, node_modules: MODULES };
    const server = createServer(async (request, response) => {
      const [, top, ...rest] = decodeURIComponent(new URL(request.url, 'http://x').pathname).split('/');
      if (top === 'favicon.ico') return void response.writeHead(204).end();
      try {
        const file = join(folders[top] ?? '/nowhere', ...rest);
        let body = await readFile(file);
        if (rest[0] === 'app.html') body = body.toString().replace('IMPORT_MAP', map);
        response.writeHead(200, { 'Content-Type': `${TYPES[extname(file)] ?? 'text/plain'}; charset=utf-8` }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    return new Browser(browser, server);
  }

  constructor(browser, server) {
    this.browser = browser;
    this.server = server;
    this.origin = `http://127.0.0.1:${server.address().port}`;
  }

  async close() {
    await this.browser.close();
    this.server.close();
    this.server.closeAllConnections();
  }

  /** A window with the plugin, over a vault. `pause` is the plugin's own before it fixes what was typed. */
  async open(vault, { filtered = false, pause = 0, program = 'no-such-program', dark = false } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 640 }, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const window = new Window(page, vault);
    page.on('pageerror', (error) => window.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && window.errors.push(message.text()));
    await window.expose();
    await page.addInitScript(
      (given) => Object.assign(window, given),
      { vaultPath: vault.path, filtered, pluginEnv: { HOME: vault.home, XDG_STATE_HOME: vault.env.XDG_STATE_HOME } },
    );
    await page.goto(`${this.origin}/browser/app.html`);
    await page.waitForFunction(() => window.standInReady);
    if (dark) await page.evaluate(() => document.body.classList.replace('theme-light', 'theme-dark'));
    await page.evaluate(() => window.loadPlugin());
    await page.evaluate((local) => window.plugin.setLocal(local), { pause, program });
    return window;
  }
}

/** A page with the plugin at work. */
export class Window {
  constructor(page, vault) {
    this.page = page;
    this.vault = vault;
    this.errors = [];
    this.requests = [];
    /** Called after the daemon has answered and before the plugin hears of it. */
    this.answered = async () => {};
    /** Programs that the plugin started, and what they do. */
    this.spawned = [];
    this.program = async () => ({ code: 1, said: 'no such program', error: '' });
  }

  async expose() {
    const { page, vault } = this;
    await page.exposeFunction('nodeRead', (path) => vault.read(path));
    await page.exposeFunction('nodeWrite', (path, text) => vault.write(path, text));
    await page.exposeFunction('nodeReaddir', (path) => readdir(path));
    await page.exposeFunction('nodeReadFile', (path) => readFile(path, 'utf8'));
    await page.exposeFunction('nodeRealpath', (path) => realpath(path));
    await page.exposeFunction('nodeSpawn', async (program, args) => {
      this.spawned.push([program, ...args]);
      return this.program(args);
    });
    await page.exposeFunction('nodeRequest', async ({ url, method, headers, contentType, body }) => {
      this.requests.push(`${method} ${new URL(url).pathname}`);
      try {
        const answer = await fetch(url, { method, headers: { ...headers, ...(contentType && { 'Content-Type': contentType }) }, body });
        const text = await answer.text();
        await this.answered(new URL(url).pathname, method);
        return { status: answer.status, text };
      } catch (error) {
        return { status: 0, text: String(error) };
      }
    });
  }

  /** Opens a note, once the plugin has found the daemon. */
  async edit(path) {
    await this.connected();
    await this.page.evaluate((name) => app.workspace.main.openFile(app.vault.getAbstractFileByPath(name)), path);
    await this.page.locator('.cm-content').click({ position: { x: 1, y: 1 } });
    await this.page.evaluate(() => plugin.daemon.hold());
  }

  connected() {
    return this.page.waitForFunction(() => plugin.daemon.status !== null, null, { timeout: PATIENCE });
  }

  text() {
    return this.page.evaluate(() => app.workspace.main.view.editor.cm.state.doc.toString());
  }

  /** Puts the cursor behind the first place of some words. */
  cursorAfter(words) {
    return this.page.evaluate((sought) => {
      const { cm } = app.workspace.main.view.editor;
      const at = cm.state.doc.toString().indexOf(sought);
      if (at < 0) throw new Error(`no ${sought}`);
      cm.focus();
      cm.dispatch({ selection: { anchor: at + sought.length }, scrollIntoView: true });
    }, words);
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  /** Fixes the open note now; gives what the daemon said. */
  fix() {
    return this.page.evaluate(() => plugin.openNotes.fix(app.workspace.main.view));
  }

  run(command) {
    return this.page.evaluate((id) => plugin.commands.get(id).callback(), command);
  }

  notices() {
    return this.page.evaluate(() => window.notices);
  }

  async close() {
    await this.page.evaluate(() => plugin.onunload()).catch(() => {});
    await this.page.context().close();
  }
}
