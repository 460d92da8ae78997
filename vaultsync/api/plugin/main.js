// @ts-check
'use strict';

/*
 * Vaultsync in Obsidian: the window to the vaultsync daemon of this vault, which does the work.
 *
 * In the order of the flow: `Finder` finds the daemon's address, `Daemon` asks it, `OpenNotes` fixes what is being
 * edited (through the editor, never the file), `Panel` shows what is left to the person. There is no build step:
 * this file is what runs.
 */

const obsidian = require('obsidian');
const { EditorView, hoverTooltip } = require('@codemirror/view');
const { Annotation, Transaction } = require('@codemirror/state');
const { isolateHistory } = require('@codemirror/commands');

const {
  FileSystemAdapter,
  ItemView,
  MarkdownView,
  Modal,
  Notice,
  Platform,
  Plugin,
  PluginSettingTab,
  Setting,
  TFile,
  editorInfoField,
  requestUrl,
  setIcon,
} = obsidian;

/**
 * @typedef {{from: number, to: number, text: string}} Edit
 * @typedef {{path: string, line: number, col: number, rule: string, message: string, hint: string}} Problem
 * @typedef {{path: string, line: number, col: number, words: string, papers: string[], reason: string, context: string}} Suggestion
 * @typedef {{path: string, rules: string[], added: number, removed: number, diff: string}} Change
 * @typedef {{state: string, message: string, hint: string}} Waits
 * @typedef {{whose: string, sha: string, subject: string}} Commit
 * @typedef {{api: string, version: string, vault: string, pid: number, number: number, state: string, consent: boolean,
 *   paused_until: string, waiting: Waits | null, degraded: string[], watching: string, notes: number, pending: string[],
 *   pending_count: number, problem_count: number, left: string[], sync: string, conflicts: number,
 *   last_run: {at: string, changed: string[], changed_count: number, commits: Commit[]} | null}} Status
 * @typedef {{path: string, digest: string, edits: Edit[], after: string, run: string, rules: string[],
 *   problems: Problem[], suggestions: Suggestion[], waiting: string, hint: string}} Fixed
 * @typedef {{run: string, notes: number, changes: Change[], changes_count: number, problems: Problem[],
 *   problem_count: number, commits: Commit[], left: string[], waiting: Waits | null}} Ran
 * @typedef {{run: string, when: string, commit: string, subject: string, notes: string[], undoes: string, undone_by: string, changed_since: boolean}} EarlierRun
 * @typedef {{path: string, line: number, paper: string, title: string, words: string, session: string, date: string, quote: string}} Mention
 * @typedef {{path: string, line: number, title: string, authors: string[], cut: boolean, year: number | null}} Candidate
 * @typedef {{name: string, about: string, line: string}} MissingPaper
 * @typedef {{id: string, note: string, path: string, is_there: boolean, clashes: {line: number, kept: string, other: string}[]}} Conflict
 * @typedef {{url: string, token: string, pid: number, vault: string, version: string, api: string}} Address
 * @typedef {{name: string, value: unknown, default: unknown, meaning: string, origin: string, writable: boolean}} DaemonSetting
 * @typedef {{folder: string, program: string, pause: number}} Local
 */

const VIEW = 'vaultsync-panel';
const API = '1';
/** The minor version of the API since which it asks who has a note open. */
const CLIENTS_SINCE = 5;

/** Seconds that the daemon leaves a note alone after a key was pressed in it, and between two words to it. */
const TYPING = 15;
const TYPING_TOLD = 5;

/** Seconds that it leaves an open note to us; each status asks for them anew. */
const OPEN = 90;

/** Seconds that a status waits for news, and at most between two tries to reach the daemon. */
const WAIT = 25;
const LONGEST_PAUSE = 30;

/** What is kept on this device: where the daemon keeps its file, the program, the pause after which a note is fixed. */
const LOCAL = { folder: '', program: 'vaultsync', pause: 8 };

/** Marks a transaction as ours, so that it is not taken for typing. */
const ours = Annotation.define();

// Texts

/**
 * Whether edits lie in a text of so many code units, in order, none in another.
 * @param {number} length
 * @param {readonly Edit[]} edits
 */
function areInOrder(length, edits) {
  let at = 0;
  for (const edit of edits) {
    if (edit.from < at || edit.to < edit.from || edit.to > length) return false;
    at = edit.to;
  }
  return true;
}

/**
 * The offset, in UTF-16 code units, of a column that counts characters, as vaultsync tells it.
 * @param {string} line
 * @param {number} column from 1
 */
function unitsBefore(line, column) {
  let units = 0;
  for (const char of line) {
    if (--column < 1) break;
    units += char.length;
  }
  return units;
}

/**
 * @param {number} count
 * @param {string} noun
 */
const counted = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** @param {string} path */
const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/i, '');

/** The next moment at which nothing else of ours is to be done in a frame; a hidden window has no frames. */
const nextFrame = () => new Promise((resolve) => {
  const timer = window.setTimeout(resolve, 100);
  window.requestAnimationFrame(() => {
    window.clearTimeout(timer);
    window.setTimeout(resolve);
  });
});

/** @param {number} seconds */
const sleep = (seconds) => new Promise((resolve) => window.setTimeout(resolve, seconds * 1000));

// Finding the daemon

/**
 * The folders in which the daemon may keep its address: its state folder, as platformdirs names it. In a sandbox
 * (Flatpak, Snap) the environment names another one than the daemon sees, so that both are looked at.
 * @param {string} platform
 * @param {Record<string, string | undefined>} env
 * @param {string} home
 * @param {string} chosen
 */
function stateFolders(platform, env, home, chosen) {
  if (chosen) return [chosen];
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || `${home}\\AppData\\Local`;
    return [`${local}\\vaultsync\\daemon`];
  }
  const homes = [...new Set([env.SNAP_REAL_HOME, home, env.HOME])].filter((folder) => folder !== undefined && folder !== '');
  if (platform === 'darwin') return homes.map((folder) => `${folder}/Library/Application Support/vaultsync/daemon`);
  const folders = homes.map((folder) => `${folder}/.local/state`);
  if (env.XDG_STATE_HOME) folders.unshift(env.XDG_STATE_HOME);
  return [...new Set(folders)].map((folder) => `${folder}/vaultsync/daemon`);
}

/**
 * What a daemon's file says, if it may be believed: an address on this machine, and a version that we speak.
 * @param {string} text
 * @returns {Address | null}
 */
function addressIn(text) {
  let found;
  try {
    found = /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return null; // it is being written
  }
  if (typeof found !== 'object' || found === null) return null;
  const { url, token, vault, api, version, pid } = /** @type {Record<string, unknown>} */ (found);
  if (typeof url !== 'string' || !/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url)) return null;
  if (typeof token !== 'string' || !/^[\w-]{32,}$/.test(token)) return null;
  if (typeof vault !== 'string' || typeof api !== 'string') return null;
  return { url, token, vault, api, version: String(version), pid: Number(pid) };
}

class Finder {
  /**
   * @param {() => string} base the vault's folder
   * @param {() => string} chosen the folder that a person chose, or none
   */
  constructor(base, chosen) {
    this.base = base;
    this.chosen = chosen;
  }

  /**
   * The address of this vault's daemon, from the file that it writes when it starts.
   * @returns {Promise<Address | null>}
   */
  async find() {
    const { fs, os, path, process } = nodeModules();
    const base = await fs.realpath(this.base());
    for (const folder of stateFolders(process.platform, process.env, os.homedir(), this.chosen())) {
      let names;
      try {
        names = await fs.readdir(folder);
      } catch {
        continue; // not there
      }
      for (const name of names.filter((file) => file.endsWith('.api.json'))) {
        try {
          const address = addressIn(await fs.readFile(path.join(folder, name), 'utf8'));
          if (address !== null && (await fs.realpath(address.vault)) === base) return address;
        } catch {
          continue; // gone since, or the file of a vault that is gone
        }
      }
    }
    return null;
  }
}

/**
 * Node's modules, which only the desktop app has; the manifest says so.
 */
function nodeModules() {
  if (Platform.isDesktop) {
    return {
      fs: /** @type {typeof import('fs/promises')} */ (require('fs/promises')),
      os: /** @type {typeof import('os')} */ (require('os')),
      path: /** @type {typeof import('path')} */ (require('path')),
      process: /** @type {typeof import('process')} */ (require('process')),
      spawn: /** @type {typeof import('child_process')} */ (require('child_process')).spawn,
    };
  }
  throw new Error('Vaultsync needs the desktop app');
}

// Asking the daemon

/**
 * @param {string} text
 * @returns {unknown} undefined if it is no JSON
 */
function jsonIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why the daemon did not do what it was asked. */
class Refusal extends Error {
  /**
   * @param {number} status HTTP's; 0 if it could not be reached
   * @param {string} message
   * @param {string} hint
   */
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

class Daemon {
  /**
   * @param {Finder} finder
   * @param {(status: Status | null) => void} tell is called with each new status; null while there is no daemon
   * @param {() => {paths: string[], open: string[], closed: string[]}} held the notes that are typed in, that are open,
   *   and that were closed
   */
  constructor(finder, tell, held) {
    this.finder = finder;
    this.tell = tell;
    this.held = held;
    /** @type {Address | null} */
    this.address = null;
    /** @type {Status | null} */
    this.status = null;
    /** Why there is no connection, for a person. */
    this.trouble = 'Looking for the daemon';
    this.stopped = false;
    this.wake = () => {};
    /** Tells the notes that are open here from those of another installation of Obsidian with the same vault. */
    this.client = window.crypto.randomUUID();
  }

  /** Follow the daemon's status until `stop`; however often it comes and goes, nobody is bothered with it. */
  async follow() {
    let pause = 1;
    while (!this.stopped) {
      try {
        if (this.address === null) await this.connect();
        await this.hold();
        const since = this.status === null ? '' : `?since=${this.status.number}&wait=${WAIT}`;
        const status = /** @type {Status} */ (await this.ask('GET', `/status${since}`, undefined, false));
        if (this.stopped) return;
        pause = 1;
        this.status = status;
        this.tell(status);
      } catch (error) {
        if (this.stopped) return;
        this.lose(error instanceof Error ? error.message : String(error));
        await Promise.race([sleep(pause), new Promise((resolve) => (this.wake = () => resolve(undefined)))]);
        pause = Math.min(LONGEST_PAUSE, pause * 2);
      }
    }
  }

  stop() {
    this.stopped = true;
    this.wake();
  }

  /** Look for the daemon now, not after the pause. */
  retry() {
    this.wake();
  }

  /** Tell the daemon which notes it has to leave alone. */
  async hold() {
    const { paths, open, closed } = this.held();
    if (paths.length > 0) await this.ask('POST', '/hold', { paths, seconds: TYPING }, false);
    if (closed.length > 0) await this.ask('POST', '/hold', { paths: closed, seconds: 0.1 }, false);
    const known = Number(this.status?.api.split('.')[1] ?? 0) >= CLIENTS_SINCE;
    await this.ask('POST', '/hold', { open, seconds: OPEN, ...(known && { client: this.client }) }, false);
  }

  /**
   * Ask, and give the answer; raises `Refusal`. A daemon that was started anew is found again, once.
   * @param {'GET' | 'POST' | 'PATCH'} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {boolean} [again]
   * @returns {Promise<unknown>}
   */
  async ask(method, path, body, again = true) {
    if (this.address === null) await this.connect();
    const address = /** @type {Address} */ (/** @type {unknown} */ (this.address));
    let answer;
    try {
      answer = await requestUrl({
        url: `${address.url}/v1${path}`,
        method,
        headers: { Authorization: `Bearer ${address.token}` },
        throw: false,
        ...(method === 'GET' ? {} : { contentType: 'application/json', body: JSON.stringify(body ?? {}) }),
      });
    } catch {
      return this.askAgain(new Refusal(0, 'The daemon does not answer', ''), method, path, body, again);
    }
    if (answer.status === 401 || answer.status === 421) {
      return this.askAgain(new Refusal(answer.status, 'The daemon is another one', ''), method, path, body, again);
    }
    const told = jsonIn(answer.text);
    if (told === undefined) { // another program has the port of a daemon that was killed
      return this.askAgain(new Refusal(0, 'The daemon does not answer', ''), method, path, body, again);
    }
    if (answer.status !== 200) {
      const { error, hint } = /** @type {{error?: string, hint?: string}} */ (told ?? {});
      throw new Refusal(answer.status, error ?? `The daemon answered ${answer.status}`, hint ?? '');
    }
    return told;
  }

  /**
   * @param {Refusal} refusal
   * @param {'GET' | 'POST' | 'PATCH'} method
   * @param {string} path
   * @param {unknown} body
   * @param {boolean} again
   */
  async askAgain(refusal, method, path, body, again) {
    this.address = null;
    if (!again) throw refusal;
    await this.connect();
    return this.ask(method, path, body, false);
  }

  /** Find the daemon, and make sure that it is this vault's and speaks as we do. */
  async connect() {
    const address = await this.finder.find();
    if (address === null) throw new Refusal(0, 'The daemon does not run', 'Start it here, or with vaultsync daemon --detach');
    if (address.api.split('.')[0] !== API) {
      const hint = 'Bring both up to date: vaultsync plugin install';
      throw new Refusal(0, `The daemon is version ${address.version}, which this plugin does not know`, hint);
    }
    this.address = address;
    const status = /** @type {Status} */ (await this.ask('GET', '/status', undefined, false));
    if (status.vault !== address.vault || status.pid !== address.pid) {
      this.address = null;
      throw new Refusal(0, 'The daemon belongs to another vault', 'Restart it');
    }
    if (this.status === null) {
      this.status = status;
      this.trouble = '';
      this.tell(status);
    }
  }

  /** @param {string} why */
  lose(why) {
    this.address = null;
    const before = this.trouble;
    this.trouble = why;
    if (this.status !== null || before !== why) {
      this.status = null;
      this.tell(null);
    }
  }
}

// Fixing what is open

/**
 * The editor of a view as CodeMirror has it.
 * @param {import('obsidian').MarkdownView} view
 * @returns {import('@codemirror/view').EditorView | null}
 */
function codeMirrorOf(view) {
  const cm = /** @type {{cm?: unknown}} */ (/** @type {unknown} */ (view.editor)).cm;
  return cm instanceof EditorView ? cm : null;
}

/**
 * Make edits in one transaction that one undo takes back, and read them back. Filters are left out: in Live Preview
 * they drop what is changed in the front matter. Selection, folds and scroll are carried along.
 * @param {import('@codemirror/view').EditorView} cm
 * @param {readonly Edit[]} edits against the text that the editor has now
 * @returns {boolean} whether the text is now what it was meant to be; if not, it is what it was
 */
function applyEdits(cm, edits) {
  const before = cm.state.doc;
  if (!areInOrder(before.length, edits)) return false;
  const changes = cm.state.changes(edits.map(({ from, to, text }) => ({ from, to, insert: text })));
  const meant = changes.apply(before);
  const transaction = cm.state.update({
    changes,
    filter: false,
    annotations: [ours.of(true), isolateHistory.of('full'), Transaction.userEvent.of('vaultsync')],
    effects: cm.scrollSnapshot().map(changes) ?? [],
  });
  if (!transaction.newDoc.eq(meant)) return false;
  cm.dispatch(transaction);
  if (cm.state.doc.eq(meant)) return true;
  // Something else changed the text along with it: back to where it was, whatever that was.
  cm.dispatch({
    changes: { from: 0, to: cm.state.doc.length, insert: before },
    filter: false,
    annotations: [ours.of(true), isolateHistory.of('full')],
  });
  return false;
}

class OpenNotes {
  /** @param {VaultsyncPlugin} plugin */
  constructor(plugin) {
    this.plugin = plugin;
    /** When a key was last pressed in a note, and when the daemon was last told so. @type {Map<string, {at: number, told: number}>} */
    this.typing = new Map();
    /** @type {Map<string, number>} */
    this.timers = new Map();
    /** @type {Set<string>} */
    this.working = new Set();
    /** What the last fix of a note left to the person. @type {Map<string, {problems: Problem[], suggestions: Suggestion[]}>} */
    this.found = new Map();
  }

  /** Listens to an editor: each change that a person makes holds the note. */
  get extension() {
    return EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const typed = update.transactions.some(
        (one) => one.docChanged && one.annotation(ours) === undefined && one.annotation(Transaction.userEvent) !== undefined,
      );
      const file = update.state.field(editorInfoField, false)?.file;
      if (typed && file) this.typed(file.path);
    });
  }

  /** The views of notes in which one can type, deferred ones left out. */
  views() {
    return this.plugin.app.workspace
      .getLeavesOfType('markdown')
      .map((leaf) => leaf.view)
      .filter((view) => view instanceof MarkdownView)
      .filter((view) => view.file !== null && view.getMode() === 'source');
  }

  /** The notes for the daemon to leave alone, and those that are closed since they were typed in. */
  held() {
    const now = Date.now();
    const open = new Set(this.views().map((view) => view.file?.path ?? ''));
    const closed = [...this.typing.keys()].filter((path) => !open.has(path));
    for (const [path, { at }] of this.typing) if (now - at > TYPING * 1000) this.typing.delete(path);
    for (const path of closed) this.typing.delete(path);
    return { paths: [...this.typing.keys()], open: [...open], closed };
  }

  /** @param {string} path */
  typed(path) {
    const now = Date.now();
    const told = this.typing.get(path)?.told ?? 0;
    const tell = now - told > TYPING_TOLD * 1000;
    this.typing.set(path, { at: now, told: tell ? now : told });
    if (tell) void this.plugin.quietly(this.plugin.daemon.ask('POST', '/hold', { paths: [path], seconds: TYPING }, false));
    this.later(path);
  }

  /**
   * Fix the note once nothing was typed in it for the pause.
   * @param {string} path
   */
  later(path) {
    const pause = this.plugin.local.pause;
    window.clearTimeout(this.timers.get(path));
    this.timers.delete(path);
    if (pause > 0) this.timers.set(path, window.setTimeout(() => void this.plugin.quietly(this.fixPath(path)), pause * 1000));
  }

  stop() {
    for (const timer of this.timers.values()) window.clearTimeout(timer);
    this.timers.clear();
  }

  /**
   * The panes of a note in which one can type, the one that is typed in first: an undo there takes the fix back.
   * @param {string} path
   */
  panes(path) {
    const panes = this.views().filter((one) => one.file?.path === path);
    return panes.sort((one, other) => Number(codeMirrorOf(other)?.hasFocus) - Number(codeMirrorOf(one)?.hasFocus));
  }

  /** @param {string} path */
  async fixPath(path) {
    const [view] = this.panes(path);
    if (view !== undefined && this.plugin.daemon.status !== null) await this.fix(view);
  }

  /**
   * Fix the note in a view; gives what the daemon said, or null if the person was faster.
   * @param {import('obsidian').MarkdownView} view
   * @returns {Promise<Fixed | null>}
   */
  async fix(view) {
    const cm = codeMirrorOf(view);
    const path = view.file?.path;
    if (cm === null || path === undefined || this.working.has(path)) return null;
    if (cm.composing || cm.compositionStarted) {
      this.later(path);
      return null;
    }
    this.working.add(path);
    try {
      return await this.fixText(view, cm, path);
    } finally {
      this.working.delete(path);
    }
  }

  /**
   * Save; ask; edit; save; tell. In each gap the person may type, here or in another pane of the note: then what was
   * asked no longer counts. Obsidian brings the panes of a note in line when it saves.
   * @param {import('obsidian').MarkdownView} view
   * @param {import('@codemirror/view').EditorView} cm
   * @param {string} path
   */
  async fixText(view, cm, path) {
    const doc = cm.state.doc;
    const alike = () => this.panes(path).every((one) => codeMirrorOf(one)?.state.doc.eq(doc) ?? true);
    const unchanged = () => cm.state.doc.eq(doc) && view.file?.path === path && !cm.composing && !cm.compositionStarted && alike();
    await view.save();
    if (!unchanged()) return this.lateFor(path);
    const asked = { path, text: doc.toString(), apply: true };
    const fixed = /** @type {Fixed} */ (await this.plugin.daemon.ask('POST', '/fix', asked));
    this.found.set(path, { problems: fixed.problems, suggestions: fixed.suggestions });
    if (fixed.edits.length === 0) this.typing.delete(path);
    if (fixed.edits.length === 0 || fixed.waiting !== '') {
      this.plugin.showNote();
      return fixed;
    }
    await nextFrame(); // reading the answer, making the edits and saving are a frame each
    if (!unchanged()) {
      this.drop(path, fixed);
      return this.lateFor(path);
    }
    if (!applyEdits(cm, fixed.edits)) {
      this.drop(path, fixed);
      this.plugin.once(`taken back ${path}`, `Vaultsync could not fix “${nameOf(path)}” in the editor; it is as it was.`);
      return null;
    }
    this.typing.delete(path);
    await nextFrame(); // a key that comes in between is the person's: the daemon tells it from the edits
    await view.save();
    await this.plugin.daemon.ask('POST', '/applied', { path, digest: fixed.after, run: fixed.run });
    this.plugin.showNote();
    return fixed;
  }

  /**
   * Forget a kind of problem that may stay in a note.
   * @param {Problem} problem
   */
  leave({ path, rule }) {
    const found = this.found.get(path);
    if (found) this.found.set(path, { ...found, problems: found.problems.filter((one) => one.rule !== rule) });
  }

  /**
   * Tell the daemon that nothing came of what it offered: the note holds no edits of its.
   * @param {string} path
   * @param {Fixed} fixed
   */
  drop(path, fixed) {
    const told = { path, digest: fixed.digest, run: fixed.run };
    void this.plugin.quietly(this.plugin.daemon.ask('POST', '/applied', told));
  }

  /** @param {string} path */
  lateFor(path) {
    this.later(path);
    return null;
  }
}

// Why a link was made

/**
 * The link around an offset of a line, without the brackets of an embed.
 * @param {string} line
 * @param {number} at
 */
function linkAt(line, at) {
  for (const found of line.matchAll(/\[\[[^[\]]+\]\]|\[[^[\]]*\]\([^()]*\)/g)) {
    if (found.index <= at && at < found.index + found[0].length) return { from: found.index, to: found.index + found[0].length };
  }
  return null;
}

/** @param {VaultsyncPlugin} plugin */
function whyOnHover(plugin) {
  return hoverTooltip(async (cm, pos) => {
    const file = cm.state.field(editorInfoField, false)?.file;
    const line = cm.state.doc.lineAt(pos);
    const link = linkAt(line.text, pos - line.from);
    if (!file || link === null || plugin.daemon.status === null || plugin.openNotes.typing.has(file.path)) return null;
    const query = `path=${encodeURIComponent(file.path)}&at=${line.from + link.from}`;
    const asked = plugin.quietly(plugin.daemon.ask('GET', `/why?${query}`));
    const why = /** @type {{found: boolean, reason: string, ours: boolean, paper: string} | undefined} */ (await asked);
    if (why === undefined || !why.found || !why.ours) return null;
    return {
      pos: line.from + link.from,
      end: line.from + link.to,
      above: true,
      create: () => {
        const dom = createDiv({ cls: 'vaultsync-why' });
        dom.createDiv({ text: nameOf(why.paper), cls: 'vaultsync-why-paper' });
        dom.createDiv({ text: why.reason });
        return { dom };
      },
    };
  });
}

// What is shown

/**
 * A patch, a line an element, so that added and removed lines differ by more than their colour.
 * @param {HTMLElement} parent
 * @param {string} diff
 */
function showDiff(parent, diff) {
  const box = parent.createEl('pre', { cls: 'vaultsync-diff', attr: { tabindex: '0' } });
  for (const line of diff.split('\n').slice(2)) {
    if (line === '') continue;
    const kind = line.startsWith('@@') ? 'place' : line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
    box.createDiv({ text: line, cls: `vaultsync-diff-${kind}` });
  }
}

/** Shows changes as patches, and asks whether they are to be made. */
class ChangesModal extends Modal {
  /**
   * @param {import('obsidian').App} app
   * @param {string} title
   * @param {readonly Change[]} changes
   * @param {{text: string, action: () => void} | null} yes
   */
  constructor(app, title, changes, yes) {
    super(app);
    this.titleText = title;
    this.changes = changes;
    this.yes = yes;
  }

  onOpen() {
    this.setTitle(this.titleText);
    this.modalEl.addClass('vaultsync-modal');
    if (this.changes.length === 0) this.contentEl.createEl('p', { text: 'Nothing would change.' });
    for (const change of this.changes) {
      const part = this.contentEl.createDiv({ cls: 'vaultsync-change' });
      const head = part.createDiv({ cls: 'vaultsync-change-head' });
      head.createSpan({ text: nameOf(change.path), cls: 'vaultsync-change-name' });
      head.createSpan({ text: `+${change.added} −${change.removed}`, cls: 'vaultsync-change-count' });
      part.createDiv({ text: change.rules.join(', '), cls: 'vaultsync-muted' });
      showDiff(part, change.diff);
    }
    const buttons = new Setting(this.contentEl);
    const yes = this.yes;
    if (yes !== null && this.changes.length > 0) {
      buttons.addButton((button) => button.setButtonText(yes.text).setCta().onClick(() => {
        this.close();
        yes.action();
      }));
    }
    buttons.addButton((button) => button.setButtonText('Close').onClick(() => this.close()));
  }

  onClose() {
    this.contentEl.empty();
  }
}

/** The side view: what needs the person, what was done. */
class Panel extends ItemView {
  /**
   * @param {import('obsidian').WorkspaceLeaf} leaf
   * @param {VaultsyncPlugin} plugin
   */
  constructor(leaf, plugin) {
    super(leaf);
    this.plugin = plugin;
    this.shown = 0;
    this.content = '';
    /** @type {{since: string, told: unknown}} */
    this.runs = { since: '', told: null };
  }

  getViewType() {
    return VIEW;
  }

  getDisplayText() {
    return 'Vaultsync';
  }

  getIcon() {
    return 'book-check';
  }

  async onOpen() {
    this.contentEl.addClass('vaultsync-panel');
    await this.show();
  }

  /** Show all anew; what was asked for before and comes later is dropped. */
  async show() {
    const turn = ++this.shown;
    const { daemon } = this.plugin;
    const path = this.plugin.app.workspace.getActiveFile()?.path ?? '';
    const isNote = path.endsWith('.md');
    const status = daemon.status;
    /** @type {{problems: Problem[], suggestions: Suggestion[], ambiguous: Suggestion[], mentions: Mention[], kind: string, runs: EarlierRun[], conflicts: Conflict[]}} */
    const told = { problems: [], suggestions: [], ambiguous: [], mentions: [], kind: '', runs: [], conflicts: [] };
    if (this.contentEl.childElementCount === 0) this.showState(status); // answers may take a while when the daemon is at work
    if (status !== null) {
      const note = `?path=${encodeURIComponent(path)}`;
      const asked = [this.lastRuns(status)];
      if (status.conflicts > 0) asked.push(daemon.ask('GET', '/conflicts'));
      if (isNote) asked.push(daemon.ask('GET', `/problems${note}`), daemon.ask('GET', `/suggestions${note}`), daemon.ask('GET', `/mentions${note}`));
      for (const answer of await Promise.allSettled(asked)) if (answer.status === 'fulfilled') Object.assign(told, answer.value);
      const found = this.plugin.openNotes.found.get(path);
      if (found !== undefined) told.problems = found.problems;
      // A name of several papers is shown once: where there are buttons for it.
      told.problems = told.problems.filter(({ line, col }) => !told.ambiguous.some((one) => one.line === line && one.col === col));
    }
    // What is shown stays as it is while it is right: a button must not go from under a finger.
    const content = JSON.stringify([path, this.plugin.stateText(), status?.consent, status?.paused_until, told]);
    if (turn !== this.shown || content === this.content) return;
    this.content = content;
    const focused = this.contentEl.contains(this.contentEl.ownerDocument.activeElement)
      ? this.contentEl.ownerDocument.activeElement?.getAttribute('data-key')
      : null;
    this.contentEl.empty();
    this.showState(status);
    if (status !== null) {
      for (const conflict of told.conflicts) this.showConflict(conflict);
      if (isNote) {
        this.section('Problems', told.problems, (list, problem) => this.showProblem(list, problem), 'Nothing to look at in this note.');
        this.section('Suggestions', [...told.suggestions, ...told.ambiguous], (list, one) => this.showSuggestion(list, one), '');
        const title = told.kind === 'paper' ? 'Mentioned in' : 'Papers in this note';
        this.section(title, told.mentions, (list, mention) => this.showMention(list, mention, told.kind), '');
      }
      this.section('Last runs', told.runs, (list, run) => this.showRun(list, run), 'No run yet.');
    }
    if (focused) /** @type {HTMLElement | null} */ (this.contentEl.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  }

  /**
   * The last runs, asked for when there was one since: the daemon asks git, which takes longer than all the rest.
   * @param {Status} status
   */
  async lastRuns(status) {
    const now = JSON.stringify([status.pid, status.last_run]);
    if (this.runs.since !== now) this.runs = { since: now, told: await this.plugin.daemon.ask('GET', '/runs?limit=5') };
    return this.runs.told;
  }

  /** @param {Status | null} status */
  showState(status) {
    const { plugin } = this;
    const box = this.contentEl.createDiv({ cls: 'vaultsync-state', attr: { role: 'status' } });
    const { text, hint } = plugin.stateText();
    box.createDiv({ text, cls: 'vaultsync-state-text' });
    if (hint) box.createDiv({ text: hint, cls: 'vaultsync-muted' });
    const buttons = box.createDiv({ cls: 'vaultsync-buttons' });
    if (status === null) {
      this.button(buttons, 'Start the daemon', 'start', () => plugin.startDaemon());
    } else if (!status.consent) {
      this.button(buttons, 'Show what would change', 'preview', () => plugin.preview());
      this.button(buttons, 'Let it work', 'consent', () => plugin.consent());
    } else if (status.paused_until) {
      this.button(buttons, 'Go on', 'resume', () => plugin.ask('POST', '/resume'));
    }
  }

  /**
   * @template T
   * @param {string} title
   * @param {readonly T[]} items
   * @param {(list: HTMLElement, item: T) => void} show
   * @param {string} empty
   */
  section(title, items, show, empty) {
    if (items.length === 0 && !empty) return;
    const part = this.contentEl.createDiv({ cls: 'vaultsync-section' });
    part.createDiv({ text: items.length ? `${title} (${items.length})` : title, cls: 'vaultsync-title', attr: { role: 'heading', 'aria-level': '3' } });
    if (items.length === 0) part.createDiv({ text: empty, cls: 'vaultsync-muted' });
    const list = part.createEl('ul');
    for (const item of items.slice(0, 100)) show(list.createEl('li'), item);
    if (items.length > 100) part.createDiv({ text: `and ${items.length - 100} more`, cls: 'vaultsync-muted' });
  }

  /**
   * @param {HTMLElement} parent
   * @param {string} text
   * @param {string} key
   * @param {() => unknown} action
   * @param {string} [label]
   */
  button(parent, text, key, action, label) {
    const attr = { type: 'button', 'data-key': key, ...(label ? { 'aria-label': label } : {}) };
    const button = parent.createEl('button', { text, attr });
    button.addEventListener('click', () => {
      button.disabled = true;
      void this.plugin.tellingTrouble(Promise.resolve(action())).finally(() => (button.disabled = false));
    });
    return button;
  }

  /**
   * A place in a note as something to press.
   * @param {HTMLElement} parent
   * @param {string} text
   * @param {{path: string, line: number, col?: number}} place
   */
  place(parent, text, place) {
    const key = `place ${place.path} ${place.line} ${place.col ?? 0} ${text}`;
    const button = this.button(parent, text, key, () => this.plugin.goTo(place));
    button.addClass('vaultsync-place');
  }

  /**
   * @param {HTMLElement} item
   * @param {Problem} problem
   */
  showProblem(item, problem) {
    this.place(item, problem.line ? `Line ${problem.line}: ${problem.message}` : problem.message, problem);
    if (problem.hint) item.createDiv({ text: problem.hint, cls: 'vaultsync-muted' });
    if (!/^(fm|md|link)-/.test(problem.rule)) return; // the others are about files, and pass when these are in order
    const label = `Leave “${problem.message}” as it is in this note, for good`;
    const key = `leave ${problem.path} ${problem.line} ${problem.col} ${problem.rule}`;
    this.button(item.createDiv({ cls: 'vaultsync-buttons' }), 'Leave it', key, () => this.plugin.leave(problem), label);
  }

  /**
   * @param {HTMLElement} item
   * @param {Suggestion} one
   */
  showSuggestion(item, one) {
    this.place(item, `“${one.words}”`, one);
    item.createDiv({ text: one.reason, cls: 'vaultsync-muted' });
    if (one.context) item.createDiv({ text: one.context, cls: 'vaultsync-quote' });
    const buttons = item.createDiv({ cls: 'vaultsync-buttons' });
    const key = `${one.path} ${one.line} ${one.col}`;
    for (const paper of one.papers.slice(0, 5)) {
      const text = `Link ${nameOf(paper)}`;
      this.button(buttons, text, `accept ${key} ${paper}`, () => this.plugin.decide(one, [paper], 'accept'));
    }
    const label = `Never link “${one.words}” in this note`;
    this.button(buttons, 'Never', `deny ${key}`, () => this.plugin.decide(one, one.papers, 'deny'), label);
  }

  /**
   * @param {HTMLElement} item
   * @param {Mention} mention
   * @param {string} kind
   */
  showMention(item, mention, kind) {
    if (kind === 'paper') {
      const where = [mention.title, mention.session, mention.date].filter((part) => part !== '').join(', ');
      this.place(item, where, { path: mention.path, line: mention.line });
      if (mention.quote) item.createDiv({ text: mention.quote, cls: 'vaultsync-quote' });
    } else {
      this.place(item, mention.title, { path: mention.paper, line: 0 });
      this.place(item, `Line ${mention.line}: ${mention.words}`, { path: mention.path, line: mention.line });
    }
  }

  /**
   * @param {HTMLElement} item
   * @param {EarlierRun} run
   */
  showRun(item, run) {
    item.createDiv({ text: run.subject, cls: run.undone_by ? 'vaultsync-undone' : '' });
    const when = new Date(run.when).toLocaleString();
    item.createDiv({ text: run.undone_by ? `${when}, taken back` : when, cls: 'vaultsync-muted' });
    if (run.changed_since) {
      item.createDiv({ text: 'This commit is not what the run did: amended, squashed, with a save of yours, or never vaultsync’s. On the command line `vaultsync undo` asks before.', cls: 'vaultsync-muted' });
    }
    const buttons = item.createDiv({ cls: 'vaultsync-buttons' });
    this.button(buttons, 'Show', `show ${run.run}`, () => this.plugin.showRun(run), `Show what “${run.subject}” did`);
    if (!run.undone_by && !run.changed_since) this.button(buttons, 'Undo', `undo ${run.run}`, () => this.plugin.undo(run.run), `Take back “${run.subject}”`);
  }

  /** @param {Conflict} conflict */
  showConflict(conflict) {
    const part = this.contentEl.createDiv({ cls: 'vaultsync-section vaultsync-conflict' });
    part.createDiv({ text: `Two versions of ${nameOf(conflict.note)}`, cls: 'vaultsync-title' });
    for (const { line, kept, other } of conflict.clashes.slice(0, 5)) {
      this.place(part, `Line ${line}`, { path: conflict.note, line });
      part.createDiv({ text: `Here: ${kept.trim()}`, cls: 'vaultsync-quote' });
      part.createDiv({ text: `There: ${other.trim()}`, cls: 'vaultsync-quote' });
    }
    this.place(part, 'Open the other version', { path: conflict.path, line: 0 });
    const buttons = part.createDiv({ cls: 'vaultsync-buttons' });
    for (const [keep, text] of [['ours', 'Keep this one'], ['theirs', 'Keep the other'], ['both', 'Keep both']]) {
      this.button(buttons, text, `${keep} ${conflict.id}`, () => this.plugin.keep(conflict, keep));
    }
  }
}

// Settings

/** The daemon's settings that are set here, too; the rest stands in `.vaultsync/config.toml`. */
const SHARED = [
  { name: 'watch.quiet', title: 'Rest before a closed note is fixed', desc: 'Seconds without a change.', kind: 'number' },
  { name: 'links.quotes', title: 'Quote mentions', desc: 'Paper notes list what was said of them.', kind: 'toggle' },
  { name: 'vault.inbox', title: 'Inbox folder', desc: 'Files put there are imported; empty turns that off.', kind: 'text' },
  { name: 'rules.accept', title: 'Problems to leave', desc: 'Told no more: a rule, or rule:pattern for some notes; one a line.', kind: 'lines' },
  { name: 'git.commit', title: 'Commit to git', desc: 'Your edits first, then those of vaultsync.', kind: 'toggle' },
];

class Settings extends PluginSettingTab {
  /**
   * @param {import('obsidian').App} app
   * @param {VaultsyncPlugin} plugin
   */
  constructor(app, plugin) {
    super(app, plugin);
    this.plugin = plugin;
    /** @type {Map<string, DaemonSetting>} */
    this.known = new Map();
  }

  /** Each setting with its name, its meaning, and how it is shown: what both forms of settings are made of. */
  rows() {
    const { plugin } = this;
    const local = [
      {
        name: 'Pause before the open note is fixed',
        desc: 'Seconds without a key; 0 fixes it by command only.',
        render: this.local('number', String(plugin.local.pause), (value) => ({ pause: Math.max(0, Number(value) || 0) })),
      },
      {
        name: 'Program',
        desc: 'How the vaultsync program is started, on this device.',
        render: this.local('text', plugin.local.program, (value) => ({ program: value || LOCAL.program })),
      },
      {
        name: 'Folder of the daemon',
        desc: 'Where it keeps its address, if Obsidian runs in a sandbox (Flatpak, Snap); empty finds it.',
        render: this.local('text', plugin.local.folder, (value) => ({ folder: value })),
      },
    ];
    const shared = SHARED.map((one) => ({ name: one.title, desc: one.desc, render: this.shared(one) }));
    return [...local, ...shared];
  }

  /** The form of Obsidian 1.13 and later. */
  getSettingDefinitions() {
    return this.rows();
  }

  /** The form of versions before. */
  display() {
    this.containerEl.empty();
    for (const row of this.rows()) row.render(new Setting(this.containerEl).setName(row.name).setDesc(row.desc));
  }

  /**
   * @param {string} kind
   * @param {string} value
   * @param {(value: string) => Partial<Local>} change
   * @returns {(setting: import('obsidian').Setting) => void}
   */
  local(kind, value, change) {
    return (setting) => {
      setting.addText((text) => {
        text.inputEl.type = kind;
        text.setValue(value).onChange((typed) => this.plugin.setLocal(change(typed.trim())));
      });
    };
  }

  /**
   * @param {{name: string, kind: string}} one
   * @returns {(setting: import('obsidian').Setting) => void}
   */
  shared(one) {
    return (setting) => {
      void this.plugin.quietly(this.read()).then(() => {
        const known = this.known.get(one.name);
        if (known === undefined) {
          setting.setDesc('The daemon does not run.').setDisabled(true);
        } else if (one.kind === 'toggle') {
          setting.addToggle((toggle) => toggle.setValue(known.value === true).onChange((value) => this.write(one.name, value)));
        } else if (one.kind === 'lines') {
          setting.addTextArea((text) => {
            text.setValue(/** @type {string[]} */ (known.value).join('\n'));
            const lines = () => text.getValue().split('\n').map((line) => line.trim()).filter((line) => line !== '');
            text.inputEl.addEventListener('change', () => this.write(one.name, lines()));
          });
        } else {
          setting.addText((text) => {
            text.inputEl.type = one.kind;
            text.setValue(String(known.value));
            text.inputEl.addEventListener('change', () => {
              const typed = text.getValue().trim();
              this.write(one.name, one.kind === 'number' ? Number(typed) : typed);
            });
          });
        }
      });
    };
  }

  async read() {
    const { settings } = /** @type {{settings: DaemonSetting[]}} */ (await this.plugin.daemon.ask('GET', '/settings'));
    this.known = new Map(settings.map((setting) => [setting.name, setting]));
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  write(name, value) {
    void this.plugin.ask('PATCH', '/settings', { values: { [name]: value } });
  }
}

// The plugin

class VaultsyncPlugin extends Plugin {
  /**
   * @param {import('obsidian').App} app
   * @param {import('obsidian').PluginManifest} manifest
   */
  constructor(app, manifest) {
    super(app, manifest);
    /** @type {Local} */
    this.local = { ...LOCAL, .../** @type {Partial<Local> | null} */ (app.loadLocalStorage('vaultsync')) };
    this.openNotes = new OpenNotes(this);
    const finder = new Finder(() => this.basePath(), () => this.local.folder);
    this.daemon = new Daemon(finder, (status) => this.onStatus(status), () => this.openNotes.held());
    /** What the person was told already. @type {Set<string>} */
    this.told = new Set();
  }

  onload() {
    this.registerView(VIEW, (leaf) => new Panel(leaf, this));
    this.registerEditorExtension([this.openNotes.extension, whyOnHover(this)]);
    this.addSettingTab(new Settings(this.app, this));
    this.bar = this.addStatusBar();
    this.showStatusBar();
    this.addCommands();
    this.app.workspace.onLayoutReady(() => {
      this.registerEvent(this.app.workspace.on('file-open', () => this.onOpen()));
      this.registerEvent(this.app.workspace.on('layout-change', () => this.onOpen()));
      void this.daemon.follow();
    });
  }

  onunload() {
    this.daemon.stop();
    this.openNotes.stop();
  }

  /** The vault's folder. */
  basePath() {
    const adapter = this.app.vault.adapter;
    if (!(adapter instanceof FileSystemAdapter)) throw new Error('Vaultsync needs the desktop app');
    return adapter.getBasePath();
  }

  // State

  /** @param {Status | null} status */
  onStatus(status) {
    this.showStatusBar();
    for (const leaf of this.app.workspace.getLeavesOfType(VIEW)) {
      if (leaf.view instanceof Panel) void this.quietly(leaf.view.show());
    }
    if (status === null) return;
    const waiting = status.waiting;
    if (waiting !== null && waiting.state !== 'locked' && waiting.state !== 'consent') {
      this.once(`waiting ${waiting.state} ${waiting.message}`, `Vaultsync waits: ${waiting.message}. ${waiting.hint}`);
    } else if (waiting === null) {
      for (const key of this.told) if (key.startsWith('waiting ')) this.told.delete(key);
    }
    for (const path of status.left) if (!this.openNotes.typing.has(path)) this.openNotes.later(path);
  }

  /** Another note is open, or in another place. */
  onOpen() {
    if (this.daemon.status !== null) void this.quietly(this.daemon.hold());
    this.showNote();
  }

  showNote() {
    for (const leaf of this.app.workspace.getLeavesOfType(VIEW)) {
      if (leaf.view instanceof Panel) void this.quietly(leaf.view.show());
    }
    this.showStatusBar();
  }

  addStatusBar() {
    const bar = this.addStatusBarItem();
    bar.addClass('mod-clickable', 'vaultsync-bar');
    bar.setAttribute('role', 'button');
    bar.setAttribute('tabindex', '0');
    this.registerDomEvent(bar, 'click', () => void this.openPanel());
    this.registerDomEvent(bar, 'keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') void this.openPanel();
    });
    return bar;
  }

  /** What the daemon does, in a word for the status bar, a line for the panel, and an icon. */
  stateText() {
    const status = this.daemon.status;
    if (status === null) return { icon: 'circle-off', short: 'not running', text: this.daemon.trouble, hint: '' };
    if (!status.consent) {
      const hint = 'It reads, but has not changed anything yet.';
      return { icon: 'hand', short: 'waits for you', text: 'Waiting for your yes', hint };
    }
    if (status.paused_until) {
      const until = new Date(status.paused_until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
      return { icon: 'pause', short: `paused until ${until}`, text: `Paused until ${until}`, hint: '' };
    }
    if (status.waiting !== null) {
      return { icon: 'hourglass', short: `waits: ${status.waiting.state}`, text: status.waiting.message, hint: status.waiting.hint };
    }
    if (status.state === 'working' || status.state === 'starting') {
      return { icon: 'refresh-cw', short: 'working', text: 'Working', hint: `${counted(status.notes, 'note')}` };
    }
    if (status.conflicts > 0) {
      const text = `${counted(status.conflicts, 'conflict')} with another device`;
      return { icon: 'circle-alert', short: counted(status.conflicts, 'conflict'), text, hint: '' };
    }
    if (status.problem_count > 0) {
      const text = `${counted(status.problem_count, 'problem')} in the vault for you to look at`;
      return { icon: 'circle-alert', short: `${status.problem_count} for you`, text, hint: '' };
    }
    return { icon: 'check', short: 'in order', text: `${counted(status.notes, 'note')} in order`, hint: '' };
  }

  showStatusBar() {
    if (this.bar === undefined) return;
    const { icon, short, text, hint } = this.stateText();
    this.bar.empty();
    setIcon(this.bar.createSpan({ cls: 'vaultsync-icon' }), icon);
    this.bar.createSpan({ text: short });
    this.bar.setAttribute('aria-label', hint ? `Vaultsync: ${text}. ${hint}` : `Vaultsync: ${text}`);
  }

  async openPanel() {
    const leaf = this.app.workspace.getLeavesOfType(VIEW)[0] ?? this.app.workspace.getRightLeaf(false);
    if (leaf === null) return;
    await leaf.setViewState({ type: VIEW, active: true });
    await this.app.workspace.revealLeaf(leaf);
  }

  /**
   * Tell the person something that needs them, once.
   * @param {string} key
   * @param {string} message
   */
  once(key, message) {
    if (this.told.has(key)) return;
    this.told.add(key);
    new Notice(message, 10_000);
  }

  // Asking

  /**
   * What nobody asked for just now fails without a word; the status bar says how things are.
   * @template T
   * @param {Promise<T>} promised
   * @returns {Promise<T | undefined>}
   */
  async quietly(promised) {
    try {
      return await promised;
    } catch (error) {
      if (!(error instanceof Refusal)) console.error('Vaultsync:', error);
      return undefined;
    }
  }

  /**
   * What the person asked for says why it failed.
   * @template T
   * @param {Promise<T>} promised
   * @returns {Promise<T | undefined>}
   */
  async tellingTrouble(promised) {
    try {
      return await promised;
    } catch (error) {
      if (!(error instanceof Refusal)) console.error('Vaultsync:', error);
      const hint = error instanceof Refusal && error.hint ? `\n${error.hint}` : '';
      new Notice(`${error instanceof Error ? error.message : String(error)}${hint}`, 10_000);
      return undefined;
    }
  }

  /**
   * @param {'GET' | 'POST' | 'PATCH'} method
   * @param {string} path
   * @param {unknown} [body]
   */
  ask(method, path, body) {
    return this.tellingTrouble(this.daemon.ask(method, path, body));
  }

  // Commands

  addCommands() {
    /** @type {[string, string, () => unknown][]} */
    const commands = [
      ['show-panel', 'Show the panel', () => this.openPanel()],
      ['fix-note', 'Fix this note', () => this.fixNote()],
      ['fix-vault', 'Fix the vault', () => this.fixVault()],
      ['preview', 'Preview the changes', () => this.preview()],
      ['undo-last-run', 'Undo the last run', () => this.undo('')],
      ['review-suggestions', 'Review suggestions', () => this.openPanel()],
      ['import-clipboard', 'Import from the clipboard', () => this.importClipboard()],
      ['missing-papers', 'Missing papers', () => this.missing()],
      ['sync-now', 'Sync now', () => this.sync()],
      ['pause-hour', 'Pause for an hour', () => this.ask('POST', '/pause', { seconds: 3600 })],
      ['resume', 'Go on after a pause', () => this.ask('POST', '/resume')],
      ['start-daemon', 'Start the daemon', () => this.startDaemon()],
    ];
    for (const [id, name, action] of commands) {
      this.addCommand({ id, name, callback: () => void this.tellingTrouble(Promise.resolve(action())) });
    }
  }

  async fixNote() {
    const view = this.app.workspace.getActiveViewOfType(MarkdownView);
    if (view === null) return void new Notice('Open a note first.');
    if (this.tellsPause()) return;
    if (view.getMode() !== 'source') return this.run([view.file?.path ?? '']);
    const fixed = await this.openNotes.fix(view);
    if (fixed === null) return;
    if (fixed.waiting !== '') return void new Notice(fixed.hint || `Vaultsync waits: ${fixed.waiting}.`);
    const left = fixed.problems.length ? `, ${counted(fixed.problems.length, 'problem')} for you to look at` : '';
    new Notice(fixed.edits.length ? `Fixed${left}.` : `Nothing to change${left}.`);
  }

  /** Whether all rests because the person wanted it so; says how to go on. */
  tellsPause() {
    if (!this.daemon.status?.paused_until) return false;
    new Notice(`Vaultsync is ${this.stateText().short}. The command “Go on after a pause” ends that.`);
    return true;
  }

  async fixVault() {
    if (this.tellsPause()) return;
    await this.saveAll();
    for (const view of this.openNotes.views()) await this.openNotes.fix(view);
    return this.run(null);
  }

  /** @param {string[] | null} paths */
  async run(paths) {
    const ran = /** @type {Ran} */ (await this.daemon.ask('POST', '/run', paths === null ? {} : { paths }));
    const waits = ran.waiting ? ` It waits: ${ran.waiting.message}.` : '';
    new Notice(ran.changes_count ? `${counted(ran.changes_count, 'note')} changed.${waits}` : `Nothing to change.${waits}`);
  }

  async preview() {
    await this.saveAll();
    const ran = /** @type {Ran} */ (await this.daemon.ask('POST', '/run', { dry_run: true }));
    const more = ran.changes_count > ran.changes.length ? `, the first ${ran.changes.length} of them` : '';
    const title = `${counted(ran.changes_count, 'note')} would change${more}`;
    const consents = this.daemon.status?.consent === true;
    const yes = { text: consents ? 'Apply' : 'Let it work', action: () => void this.tellingTrouble(consents ? this.fixVault() : this.consent()) };
    new ChangesModal(this.app, title, ran.changes, yes).open();
  }

  async consent() {
    await this.daemon.ask('POST', '/consent', { yes: true });
  }

  /**
   * @param {Suggestion} one
   * @param {readonly string[]} papers
   * @param {'accept' | 'deny'} decision
   */
  async decide(one, papers, decision) {
    for (const paper of papers) {
      await this.daemon.ask('POST', '/decide', { source: one.path, name: one.words, paper, decision });
    }
    await this.openNotes.fixPath(one.path);
    this.showNote();
  }

  /** @param {Problem} problem */
  async leave(problem) {
    await this.daemon.ask('POST', '/accept', { path: problem.path, rule: problem.rule });
    this.openNotes.leave(problem);
    this.showNote();
  }

  /** @param {EarlierRun} run */
  async showRun(run) {
    const { changes } = /** @type {{changes: Change[]}} */ (await this.daemon.ask('GET', `/runs/${run.run}/diff`));
    const yes = run.undone_by || run.changed_since ? null : { text: 'Undo', action: () => void this.tellingTrouble(this.undo(run.run)) };
    new ChangesModal(this.app, run.subject, changes, yes).open();
  }

  /** @param {string} run its name; empty: the last one */
  async undo(run) {
    await this.saveAll();
    let name = run;
    if (name === '') {
      const { runs } = /** @type {{runs: EarlierRun[]}} */ (await this.daemon.ask('GET', '/runs?limit=20'));
      name = runs.find((one) => !one.undone_by && !one.undoes && !one.changed_since)?.run ?? '';
      if (name === '') return void new Notice('There is no run to take back.');
    }
    const undone = /** @type {Ran} */ (await this.daemon.ask('POST', `/runs/${name}/undo`));
    const stays = undone.problem_count ? `; ${counted(undone.problem_count, 'place')} had to stay` : '';
    const waits = undone.waiting ? `It waits: ${undone.waiting.message}` : `Taken back in ${counted(undone.changes_count, 'note')}${stays}`;
    new Notice(`${waits}.`);
    this.showNote();
  }

  async importClipboard() {
    const text = await navigator.clipboard.readText();
    if (text.trim() === '') return void new Notice('The clipboard has no text.');
    const body = { text, dry_run: true };
    const look = /** @type {{new: string[], completed: string[], skipped: string[], problems: Problem[]}} */ (await this.daemon.ask('POST', '/import', body));
    const changes = [
      ...look.new.map((path) => ({ path, rules: ['new'], added: 0, removed: 0, diff: '' })),
      ...look.completed.map((path) => ({ path, rules: ['completed'], added: 0, removed: 0, diff: '' })),
    ];
    const left = look.problems.length + look.skipped.length;
    const title = `Import ${counted(changes.length, 'note')}${left ? `; ${counted(left, 'piece')} can not be used` : ''}`;
    new ChangesModal(this.app, title, changes, { text: 'Import', action: () => void this.tellingTrouble(this.importText(text)) }).open();
  }

  /**
   * @param {string} text
   * @param {string} [format] without it the daemon finds out
   */
  async importText(text, format) {
    const done = /** @type {{new: string[], completed: string[]}} */ (await this.daemon.ask('POST', '/import', { text, ...(format && { format }) }));
    new Notice(`${counted(done.new.length, 'new note')}, ${done.completed.length} completed.`);
  }

  async missing() {
    const { missing, candidates } = /** @type {{missing: {shown: string, places: string[]}[], candidates: Candidate[]}} */ (await this.daemon.ask('GET', '/missing'));
    const named = missing.map((one) => ({ name: one.shown, about: one.places.slice(0, 5).join(', '), line: one.shown }));
    const supposed = candidates.map((one) => ({ name: one.title, about: `${peopleOf(one)} · ${one.path}:${one.line}`, line: asListed(one) }));
    /** @param {string} [format] */
    const make = (format) => (/** @type {string[]} */ lines) => void this.tellingTrouble(this.importText(lines.join('\n'), format));
    new MissingModal(this.app, named, supposed, make(), make('reading-list')).open();
  }

  async sync() {
    await this.saveAll();
    await this.daemon.ask('POST', '/sync');
    new Notice('Looking at the other devices.');
  }

  /**
   * @param {Conflict} conflict
   * @param {string} keep
   */
  async keep(conflict, keep) {
    await this.saveAll();
    await this.daemon.ask('POST', '/conflicts/keep', { id: conflict.id, keep });
    this.showNote();
  }

  async startDaemon() {
    const { spawn } = nodeModules();
    const args = ['daemon', '--detach', '--vault', this.basePath()];
    const said = await new Promise((resolve) => {
      const child = spawn(this.local.program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr?.on('data', (/** @type {unknown} */ data) => (text += String(data)));
      child.on('error', (error) => resolve(`${error.message}\nInstall it with pipx install vaultsync, or name the program in the settings.`));
      child.on('close', (code) => resolve(code === 0 ? '' : text.trim() || `It ended with ${code}`));
    });
    if (said) new Notice(`The daemon did not start: ${said}`, 15_000);
    this.daemon.retry();
  }

  async saveAll() {
    for (const view of this.openNotes.views()) await view.save();
  }

  /** @param {{path: string, line: number, col?: number}} place */
  async goTo(place) {
    const file = this.app.vault.getAbstractFileByPath(place.path);
    if (!(file instanceof TFile)) return void new Notice(`${place.path} is gone.`);
    const leaf = this.app.workspace.getLeaf(false);
    await leaf.openFile(file);
    const view = leaf.view;
    if (!(view instanceof MarkdownView) || place.line < 1) return;
    const line = Math.min(place.line - 1, view.editor.lastLine());
    const position = { line, ch: unitsBefore(view.editor.getLine(line), place.col ?? 1) };
    view.editor.setCursor(position);
    view.editor.scrollIntoView({ from: position, to: position }, true);
    view.editor.focus();
  }

  // Settings of this device

  /** @param {Partial<Local>} change */
  setLocal(change) {
    this.local = { ...this.local, ...change };
    this.app.saveLocalStorage('vaultsync', this.local);
    this.daemon.retry();
  }
}

/** @param {Candidate} one */
function peopleOf(one) {
  const people = [one.authors.slice(0, -1).join(', '), ...one.authors.slice(-1)].filter(Boolean).join(' and ');
  return `${people}${one.cut ? ' et al.' : ''}${one.year ? `, ${one.year}` : ''}`;
}

/**
 * A title with its people as an item of a reading list, which an import reads.
 * @param {Candidate} one
 */
function asListed(one) {
  return `- “${one.title}” by ${peopleOf(one)}`;
}

/** Papers that the vault has no note of, to make notes of them: identifiers, and titles beside their people. */
class MissingModal extends Modal {
  /**
   * @param {import('obsidian').App} app
   * @param {readonly MissingPaper[]} named
   * @param {readonly MissingPaper[]} supposed
   * @param {(lines: string[]) => void} make
   * @param {(lines: string[]) => void} makeSupposed
   */
  constructor(app, named, supposed, make, makeSupposed) {
    super(app);
    this.named = named;
    this.supposed = supposed;
    this.make = make;
    this.makeSupposed = makeSupposed;
  }

  onOpen() {
    const count = this.named.length;
    this.modalEl.addClass('vaultsync-modal');
    this.setTitle(count ? `${counted(count, 'paper')} without a note` : this.supposed.length ? 'Papers without a note' : 'No paper is missing');
    this.list(this.named, this.make);
    if (count > 1) {
      new Setting(this.contentEl).addButton((button) =>
        button.setButtonText('Make all').setCta().onClick(() => {
          this.close();
          this.make(this.named.map((one) => one.line));
        }),
      );
    }
    if (this.supposed.length) {
      new Setting(this.contentEl).setName('These may be papers, too').setDesc('Titles beside names of people.').setHeading();
      this.list(this.supposed, this.makeSupposed);
    }
  }

  /**
   * @param {readonly MissingPaper[]} papers
   * @param {(lines: string[]) => void} make
   */
  list(papers, make) {
    for (const one of papers) {
      new Setting(this.contentEl).setName(one.name).setDesc(one.about).addButton((button) => {
        button.setButtonText('Make a note').setTooltip(`Make a note of ${one.name}`);
        button.onClick(() => {
          button.setDisabled(true);
          make([one.line]);
        });
      });
    }
  }

  onClose() {
    this.contentEl.empty();
  }
}

VaultsyncPlugin.pure = { areInOrder, unitsBefore, stateFolders, addressIn, linkAt, applyEdits };

module.exports = VaultsyncPlugin;
