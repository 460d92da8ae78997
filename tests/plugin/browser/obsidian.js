// A thin stand-in for the `obsidian` module: enough of it for the plugin to run against a real CodeMirror, a real
// vault and a real daemon. What only Node can do is done by functions that the harness exposes (`node…`).

import { defaultKeymap, history, historyKeymap, isolateHistory, redo, undo } from '@codemirror/commands';
import { codeFolding, foldEffect, foldedRanges, foldKeymap } from '@codemirror/language';
import * as language from '@codemirror/language';
import { markdown } from '@codemirror/lang-markdown';
import * as state from '@codemirror/state';
import * as view from '@codemirror/view';
import * as commands from '@codemirror/commands';

const { EditorState, StateField, StateEffect } = state;
const { EditorView, keymap } = view;

// DOM helpers, as Obsidian adds them

function elementWith(tag, options, doc = document) {
  const element = doc.createElement(tag);
  const given = typeof options === 'string' ? { cls: options } : (options ?? {});
  if (given.cls) element.classList.add(...[given.cls].flat().flatMap((name) => name.split(' ')).filter(Boolean));
  if (given.text !== undefined) element.textContent = given.text;
  for (const [name, value] of Object.entries(given.attr ?? {})) element.setAttribute(name, value);
  return element;
}

Object.assign(Node.prototype, {
  createEl(tag, options) {
    const element = elementWith(tag, options);
    this.appendChild(element);
    return element;
  },
  createDiv(options) {
    return this.createEl('div', options);
  },
  createSpan(options) {
    return this.createEl('span', options);
  },
  empty() {
    while (this.firstChild) this.firstChild.remove();
  },
  setText(text) {
    this.textContent = text;
  },
  instanceOf(type) {
    return this instanceof type;
  },
});
Object.assign(Element.prototype, {
  addClass(...names) {
    this.classList.add(...names);
  },
  removeClass(...names) {
    this.classList.remove(...names);
  },
});
Object.assign(window, {
  createDiv: (options) => elementWith('div', options),
  createSpan: (options) => elementWith('span', options),
  createEl: elementWith,
  activeDocument: document,
  activeWindow: window,
});

// Events and components

export class Events {
  constructor() {
    this.listeners = new Map();
  }
  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
    return { name, listener, from: this };
  }
  trigger(name, ...args) {
    for (const listener of this.listeners.get(name) ?? []) listener(...args);
  }
}

export class Component {
  constructor() {
    this.undoing = [];
  }
  register(action) {
    this.undoing.push(action);
  }
  registerEvent({ name, listener, from }) {
    this.register(() => from.listeners.set(name, from.listeners.get(name).filter((one) => one !== listener)));
  }
  registerDomEvent(element, name, listener) {
    element.addEventListener(name, listener);
    this.register(() => element.removeEventListener(name, listener));
  }
}

// Files

export class TFile {
  constructor(path) {
    this.path = path;
    this.name = path.split('/').at(-1);
    this.basename = this.name.replace(/\.md$/, '');
  }
}

export class FileSystemAdapter {
  getBasePath() {
    return window.vaultPath;
  }
}

class Vault extends Events {
  constructor() {
    super();
    this.adapter = new FileSystemAdapter();
    this.files = new Map();
  }
  getAbstractFileByPath(path) {
    if (!this.files.has(path)) this.files.set(path, new TFile(path));
    return this.files.get(path);
  }
}

// Editors

export const editorInfoField = StateField.define({ create: () => ({ file: null }), update: (value) => value });

/** What Live Preview does to changes of the front matter that pass its filter: it drops them. */
export const livePreviewFilter = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(state.Transaction.userEvent)?.startsWith('input')) return transaction;
  const text = transaction.startState.doc.sliceString(0, 4000);
  const end = text.startsWith('---\n') ? text.indexOf('\n---\n', 3) + 5 : 0;
  let touched = false;
  transaction.changes.iterChanges((from) => (touched ||= from < end));
  return touched ? [] : transaction;
});

class Editor {
  constructor(cm) {
    this.cm = cm;
  }
  getLine(number) {
    return this.cm.state.doc.line(number + 1).text;
  }
  lastLine() {
    return this.cm.state.doc.lines - 1;
  }
  setCursor({ line, ch }) {
    const found = this.cm.state.doc.line(line + 1);
    this.cm.dispatch({ selection: { anchor: Math.min(found.to, found.from + ch) } });
  }
  scrollIntoView({ from }) {
    const found = this.cm.state.doc.line(from.line + 1);
    this.cm.dispatch({ effects: EditorView.scrollIntoView(found.from + from.ch, { y: 'center' }) });
  }
  focus() {
    this.cm.focus();
  }
}

export class ItemView extends Component {
  constructor(leaf) {
    super();
    this.leaf = leaf;
    this.app = leaf.app;
    this.containerEl = elementWith('div', { cls: 'workspace-leaf-content' });
    this.contentEl = this.containerEl.createDiv({ cls: 'view-content' });
  }
}

/** Milliseconds after a change at which Obsidian saves. */
const AUTOSAVE = 2000;

export class MarkdownView extends ItemView {
  constructor(leaf) {
    super(leaf);
    this.file = null;
    this.editor = null;
    this.mode = 'source';
    this.saves = 0;
  }
  getMode() {
    return this.mode;
  }
  getViewType() {
    return 'markdown';
  }
  /** Shows a file; what comes from the disk has one kind of line end in the editor. */
  async open(file) {
    const data = await window.nodeRead(file.path);
    this.file = file;
    this.lastSaved = data;
    this.editor?.cm.destroy();
    this.contentEl.empty();
    const field = editorInfoField.init(() => this);
    const cm = new EditorView({
      parent: this.contentEl,
      state: EditorState.create({
        doc: data.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'),
        extensions: [
          field,
          history(),
          keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap]),
          markdown(),
          codeFolding(),
          EditorView.lineWrapping,
          ...(window.filtered ? [livePreviewFilter] : []),
          ...this.app.workspace.extensions,
          EditorView.updateListener.of((update) => update.docChanged && this.requestSave()),
        ],
      }),
    });
    this.editor = new Editor(cm);
  }
  requestSave() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AUTOSAVE);
  }
  async save() {
    clearTimeout(this.timer);
    const data = this.editor.cm.state.doc.toString();
    if (data === this.lastSaved) return;
    this.lastSaved = data;
    this.saves += 1;
    await window.nodeWrite(this.file.path, data);
    for (const { view } of this.app.workspace.leaves) if (view !== this && view?.file === this.file) view.take(data);
  }
  /** Another pane has saved the note: what differs is changed here too, unless somebody types here. */
  take(data) {
    const { cm } = this.editor;
    const before = cm.state.doc.toString();
    if (before !== this.lastSaved) return;
    this.lastSaved = data;
    let from = 0;
    while (from < Math.min(before.length, data.length) && before[from] === data[from]) from++;
    let end = 0;
    while (end < Math.min(before.length, data.length) - from && before.at(-1 - end) === data.at(-1 - end)) end++;
    cm.dispatch({ changes: { from, to: before.length - end, insert: data.slice(from, data.length - end) } });
  }
}

// The workspace

class WorkspaceLeaf {
  constructor(app) {
    this.app = app;
    this.view = null;
  }
  async openFile(file) {
    if (!(this.view instanceof MarkdownView)) {
      this.view = new MarkdownView(this);
      document.querySelector('#editors').append(this.view.containerEl);
    }
    await this.view.open(file);
    this.app.workspace.activeLeaf = this;
    this.app.workspace.trigger('file-open', file);
  }
  async setViewState({ type }) {
    this.view = this.app.workspace.makers.get(type)(this);
    document.querySelector('#side').replaceChildren(this.view.containerEl);
    this.type = type;
    await this.view.onOpen();
  }
}

class Workspace extends Events {
  constructor(app) {
    super();
    this.app = app;
    this.extensions = [];
    this.makers = new Map();
    this.main = new WorkspaceLeaf(app);
    this.right = new WorkspaceLeaf(app);
    this.leaves = [this.main, this.right];
    this.activeLeaf = this.main;
  }
  onLayoutReady(action) {
    queueMicrotask(action);
  }
  getLeavesOfType(type) {
    return this.leaves.filter((leaf) => leaf.view?.getViewType() === type);
  }
  getLeaf() {
    return this.main;
  }
  getRightLeaf() {
    return this.right;
  }
  /** Another pane with this file. */
  async split(file) {
    const leaf = new WorkspaceLeaf(this.app);
    this.leaves.push(leaf);
    await leaf.openFile(file);
    return leaf;
  }
  async revealLeaf() {}
  getActiveFile() {
    return this.main.view?.file ?? null;
  }
  getActiveViewOfType(type) {
    return this.main.view instanceof type ? this.main.view : null;
  }
}

export class App {
  constructor() {
    this.vault = new Vault();
    this.workspace = new Workspace(this);
    this.stored = {};
  }
  loadLocalStorage(key) {
    return this.stored[key] ?? null;
  }
  saveLocalStorage(key, value) {
    this.stored[key] = value;
  }
}

export class Plugin extends Component {
  constructor(app, manifest) {
    super();
    this.app = app;
    this.manifest = manifest;
    this.commands = new Map();
    this.tabs = [];
  }
  registerView(type, maker) {
    this.app.workspace.makers.set(type, maker);
  }
  registerEditorExtension(extension) {
    this.app.workspace.extensions.push(extension);
  }
  addStatusBarItem() {
    return document.querySelector('#status').createDiv({ cls: 'status-bar-item' });
  }
  addCommand(command) {
    this.commands.set(command.id, command);
  }
  addSettingTab(tab) {
    this.tabs.push(tab);
  }
}

// What is shown

window.notices = [];

export class Notice {
  constructor(message) {
    window.notices.push(message);
  }
}

export class Modal {
  constructor(app) {
    this.app = app;
    this.modalEl = elementWith('div', { cls: 'modal' });
    this.titleEl = this.modalEl.createDiv({ cls: 'modal-title' });
    this.contentEl = this.modalEl.createDiv({ cls: 'modal-content' });
  }
  setTitle(text) {
    this.titleEl.textContent = text;
  }
  open() {
    document.body.appendChild(this.modalEl);
    this.onOpen();
  }
  close() {
    this.onClose();
    this.modalEl.remove();
  }
}

class Button {
  constructor(parent) {
    this.buttonEl = parent.createEl('button');
  }
  setButtonText(text) {
    this.buttonEl.textContent = text;
    return this;
  }
  setCta() {
    this.buttonEl.classList.add('mod-cta');
    return this;
  }
  setTooltip(text) {
    this.buttonEl.setAttribute('aria-label', text);
    return this;
  }
  setDisabled(disabled) {
    this.buttonEl.disabled = disabled;
    return this;
  }
  onClick(action) {
    this.buttonEl.addEventListener('click', action);
    return this;
  }
}

class Input {
  constructor(parent, type) {
    this.inputEl = parent.createEl('input', { attr: { type } });
    this.isToggle = type === 'checkbox';
  }
  getValue() {
    return this.isToggle ? this.inputEl.checked : this.inputEl.value;
  }
  setValue(value) {
    if (this.isToggle) this.inputEl.checked = value;
    else this.inputEl.value = value;
    return this;
  }
  onChange(action) {
    this.inputEl.addEventListener(this.isToggle ? 'change' : 'input', () => action(this.getValue()));
    return this;
  }
}

export class Setting {
  constructor(parent) {
    this.settingEl = parent.createDiv({ cls: 'setting-item' });
    this.nameEl = this.settingEl.createDiv({ cls: 'setting-item-name' });
    this.descEl = this.settingEl.createDiv({ cls: 'setting-item-description' });
    this.controlEl = this.settingEl.createDiv({ cls: 'setting-item-control' });
  }
  setName(text) {
    this.nameEl.textContent = text;
    return this;
  }
  setDesc(text) {
    this.descEl.textContent = text;
    return this;
  }
  setHeading() {
    this.settingEl.classList.add('setting-item-heading');
    return this;
  }
  setDisabled(disabled) {
    this.settingEl.classList.toggle('is-disabled', disabled);
    return this;
  }
  addButton(build) {
    build(new Button(this.controlEl));
    return this;
  }
  addText(build) {
    build(new Input(this.controlEl, 'text'));
    return this;
  }
  addTextArea(build) {
    build(new Input(this.controlEl, 'textarea'));
    return this;
  }
  addToggle(build) {
    build(new Input(this.controlEl, 'checkbox'));
    return this;
  }
}

export class PluginSettingTab {
  constructor(app, plugin) {
    this.app = app;
    this.plugin = plugin;
    this.containerEl = elementWith('div', { cls: 'vertical-tab-content' });
  }
}

export const Platform = { isDesktop: true, isDesktopApp: true };

export function setIcon(element, name) {
  element.dataset.icon = name;
}

/** As Electron's main process asks: no Origin, no CORS; an answer of any status, or none. */
export async function requestUrl(request) {
  const { status, text } = await window.nodeRequest(request);
  if (status === 0) throw new Error(text);
  if (status >= 400 && request.throw !== false) throw new Error(`status ${status}`);
  return {
    status,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

// Loading the plugin as Obsidian does: its text as a CommonJS module

const process = { platform: 'linux', env: window.pluginEnv };
const modules = {
  '@codemirror/commands': commands,
  '@codemirror/language': language,
  '@codemirror/state': state,
  '@codemirror/view': view,
  'fs/promises': { readdir: window.nodeReaddir, readFile: window.nodeReadFile, realpath: window.nodeRealpath },
  os: { homedir: () => window.pluginEnv.HOME },
  path: { join: (...parts) => parts.join('/') },
  process,
  child_process: {
    spawn(program, args) {
      const child = new Events();
      child.stderr = new Events();
      void window.nodeSpawn(program, args).then(({ code, said, error }) => {
        if (error) child.trigger('error', new Error(error));
        if (said) child.stderr.trigger('data', said);
        child.trigger('close', code);
      });
      return child;
    },
  },
};

async function load() {
  modules.obsidian = { ...(await import('obsidian')) };
  const text = await (await fetch('/plugin/main.js')).text();
  const module = { exports: {} };
  // The page's own policy allows this; Obsidian loads plugins in the same way.
  new Function('require', 'module', 'exports', `${text}\n//# sourceURL=main.js`)(
    (name) => {
      if (!(name in modules)) throw new Error(`the plugin wants ${name}`);
      return modules[name];
    },
    module,
    module.exports,
  );
  const app = new App();
  const manifest = await (await fetch('/plugin/manifest.json')).json();
  const plugin = new module.exports(app, manifest);
  await plugin.onload();
  Object.assign(window, { app, plugin, pure: module.exports.pure, cmModules: { state, view, language, commands } });
  Object.assign(window, { undo, redo, foldEffect, foldedRanges, isolateHistory, StateEffect, MarkdownView });
}

window.loadPlugin = load;
window.standInReady = true;
