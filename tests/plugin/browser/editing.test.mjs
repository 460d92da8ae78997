// What happens to the text while somebody writes: nothing that they did not do, but for one edit that one undo takes.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Browser, Vault, conference, until } from './harness.mjs';

const UNTIDY = '- as slow as DiffSBDD\n';
const TIDY = '- as slow as [[DiffSBDD]]\n';

let browser, vault, window, count = 0;

before(async () => {
  browser = await Browser.launch();
  vault = await Vault.make({});
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

/** A note of its own for a test, open in an editor of its own. */
async function edit(text, options = {}) {
  const path = `Conferences/Event ${++count}.md`;
  await vault.ask('POST', '/hold', { paths: [path], seconds: 10 }); // until the window has it
  await vault.write(path, options.bytes ?? text);
  vault.git('add', path);
  vault.git('commit', '-q', '-m', 'as found', '--', path);
  window = await browser.open(vault, options);
  await window.edit(path);
  return path;
}

const state = () =>
  window.page.evaluate(() => {
    const { cm } = app.workspace.main.view.editor;
    const folds = [];
    foldedRanges(cm.state).between(0, cm.state.doc.length, (from, to) => void folds.push(cm.state.sliceDoc(from, to)));
    const { from, to } = cm.state.selection.main;
    const box = cm.coordsAtPos(cm.state.selection.main.head);
    return { selected: cm.state.sliceDoc(from, to), before: cm.state.sliceDoc(Math.max(0, from - 20), from), folds, top: box && Math.round(box.top) };
  });

test('a fix is one edit that keeps cursor, selection, scroll and folds, and one undo takes exactly it', async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `- line ${i} of a long day\n`).join('');
  const text = conference('Long Day', `${UNTIDY}${lines}\n# Dienstag\n\n- folded away\n- by the person\n\n# Mittwoch\n\n- end, DiffSBDD\n`);
  const path = await edit(text.replace('tags:\n  - conference', 'tags: conference'));
  await window.cursorAfter('line 150');
  await window.type(' typed');
  await window.page.evaluate(() => {
    const { cm } = app.workspace.main.view.editor;
    const doc = cm.state.doc.toString();
    const from = doc.indexOf('# Dienstag') + '# Dienstag'.length;
    cm.dispatch({ effects: foldEffect.of({ from, to: doc.indexOf('\n\n# Mittwoch') }) });
    const at = doc.indexOf('typed');
    cm.dispatch({ selection: { anchor: at, head: at + 5 } });
  });
  const typed = await window.text();
  const earlier = await state();
  assert.equal(earlier.selected, 'typed');
  assert.equal(earlier.folds.length, 1);
  const fixed = await window.fix();
  assert.equal(fixed.waiting, '');
  const after = await window.text();
  assert.ok(after.includes(TIDY) && after.includes('tags:\n  - conference\n'), after.slice(0, 300));
  const later = await state();
  assert.deepEqual({ ...later, top: 0 }, { ...earlier, top: 0 });
  assert.ok(Math.abs(later.top - earlier.top) <= 2, `the cursor went from ${earlier.top} to ${later.top}`);
  await window.page.keyboard.press('Control+z');
  assert.equal(await window.text(), typed);
  await window.page.keyboard.press('Control+z');
  assert.equal(await window.text(), typed.replace(' typed', ''));
  await window.page.keyboard.press('Control+y');
  await window.page.keyboard.press('Control+y');
  assert.equal(await window.text(), after);
  const commits = vault.commits(path);
  assert.deepEqual(commits.map((one) => one.subject.split(':')[0]), ['vaultsync', 'notes', 'as found']);
  assert.equal(commits[0].text, after);
  assert.equal(commits[1].text, typed);
});

test('what is typed while the daemon answers is kept, and the answer is dropped', async () => {
  const path = await edit(conference('Busy Day', UNTIDY));
  await window.cursorAfter('as slow as DiffSBDD');
  window.answered = async (route) => {
    if (route.endsWith('/fix')) await window.type(', still');
  };
  assert.equal(await window.fix(), null);
  assert.ok((await window.text()).includes('- as slow as DiffSBDD, still\n'));
  window.answered = async () => {};
  assert.equal((await window.fix()).edits.length, 1);
  assert.ok((await window.text()).includes('- as slow as [[DiffSBDD]], still\n'));
  const [last, before] = vault.commits(path);
  assert.ok(last.subject.startsWith('vaultsync:'));
  assert.ok(before.text.includes('DiffSBDD, still') && before.subject.startsWith('notes:'));
});

for (const when of ['before the save', 'after the save']) test(`what is typed between the edits and the word that they were made, ${when}, is in no run`, async () => {
  const path = await edit(conference(`Fast Fingers ${when}`, UNTIDY));
  await window.cursorAfter('as slow as DiffSBDD');
  let once = true;
  window.answered = async (route) => {
    if (!route.endsWith('/fix') || !once) return;
    once = false;
    await window.page.evaluate((saveFirst) => {
      const { save } = MarkdownView.prototype;
      MarkdownView.prototype.save = async function () {
        MarkdownView.prototype.save = save;
        if (saveFirst) await save.call(this);
        this.editor.cm.dispatch({ changes: { from: this.editor.cm.state.doc.length, insert: '- mine\n' }, userEvent: 'input.type' });
        await this.save();
      };
    }, when === 'after the save');
  };
  await window.fix();
  const text = await window.text();
  assert.ok(text.includes(TIDY) && text.endsWith('- mine\n'));
  assert.deepEqual((await window.fix()).edits, []);
  await until(async () => vault.commits(path)[0].text.endsWith('- mine\n'), 'the commit of what was typed');
  for (const { subject, text: kept } of vault.commits(path)) {
    assert.equal(kept.includes(TIDY) && !kept.includes('- mine'), subject.startsWith('vaultsync:'), subject);
  }
  assert.equal(vault.commits(path).length, 3);
});

test('while a word is composed nothing is touched', async () => {
  await edit(conference('Input Method', `${UNTIDY}- \n`));
  await window.cursorAfter('[[DiffSBDD]]\n- '.replace('[[DiffSBDD]]', 'DiffSBDD'));
  const client = await window.page.context().newCDPSession(window.page);
  await client.send('Input.imeSetComposition', { text: 'nihon', selectionStart: 5, selectionEnd: 5 });
  await until(() => window.page.evaluate(() => app.workspace.main.view.editor.cm.compositionStarted), 'a composition');
  const composing = await window.text();
  assert.ok(composing.includes('- nihon'));
  assert.equal(await window.fix(), null);
  assert.equal(await window.text(), composing);
  assert.ok(!window.requests.includes('POST /v1/fix'));
  await client.send('Input.insertText', { text: '日本' });
  await until(() => window.page.evaluate(() => !app.workspace.main.view.editor.cm.compositionStarted), 'its end');
  assert.ok((await window.fix()).edits.length > 0);
  const text = await window.text();
  assert.ok(text.includes(TIDY) && text.includes('- 日本\n'), text);
});

test('emoji and letters beyond the basic plane shift nothing', async () => {
  const hard = '- 👩‍🔬👩‍🔬 𝕏𝕐 e\u0301 🇩🇪 as slow as DiffSBDD 👩‍🔬, said 𝒜da\n';
  await edit(conference('Emoji 👩‍🔬', hard));
  await window.fix();
  assert.ok((await window.text()).endsWith(hard.replace('DiffSBDD', '[[DiffSBDD]]')));
});

test('a note with CRLF and a byte order mark is plain in the editor, and fixed there', async () => {
  const text = conference('Windows', UNTIDY);
  const path = await edit(text, { bytes: `\ufeff${text.replaceAll('\n', '\r\n')}` });
  assert.equal(await window.text(), text);
  const fixed = await window.fix();
  assert.equal(fixed.waiting, '');
  assert.equal(await window.text(), text.replace(UNTIDY, TIDY));
  assert.equal(await vault.read(path), text.replace(UNTIDY, TIDY));
  assert.ok(vault.commits(path)[0].subject.startsWith('vaultsync:'));
});

test('front matter is fixed whole in an editor that filters changes to it', async () => {
  const text = conference('Filtered', '- nothing\n').replace('tags:\n  - conference', 'tags: conference, speech');
  await edit(text, { filtered: true });
  const dropped = await window.page.evaluate(() => {
    const { cm } = app.workspace.main.view.editor;
    cm.dispatch({ changes: { from: 5, insert: 'x' } });
    return cm.state.doc.toString();
  });
  assert.equal(dropped, text, 'the filter does what Live Preview does');
  assert.ok((await window.fix()).edits.length > 0);
  assert.ok((await window.text()).startsWith('---\ntitle: Filtered\ntags:\n  - conference\n  - speech\n'));
});

test('an edit that does not come out as it was meant is taken back', async () => {
  const text = conference('Meddled With', UNTIDY);
  const path = await edit(text);
  await window.page.evaluate(() => {
    const { cm } = app.workspace.main.view.editor;
    const { EditorView } = cmModules.view;
    let meddle = true;
    const meddler = EditorView.updateListener.of((update) => {
      if (!update.docChanged || !meddle) return;
      meddle = false;
      update.view.dispatch({ changes: { from: 0, insert: 'meddled ' }, filter: false });
    });
    cm.dispatch({ effects: StateEffect.appendConfig.of(meddler) });
  });
  assert.equal(await window.fix(), null);
  assert.equal(await window.text(), text);
  assert.equal((await window.notices()).length, 1);
  assert.equal(await vault.read(path), text);
});

test('a pause in typing fixes the note; until then it is held and the daemon leaves it alone', async () => {
  const path = await edit(conference('Pause', '- \n'), { pause: 2 });
  await window.cursorAfter('Montag Vormittag\n\n- ');
  await window.type('as slow as DiffSBDD');
  await window.page.evaluate(() => app.workspace.main.view.save());
  const status = await vault.ask('GET', '/status');
  assert.ok(!(await vault.read(path)).includes('[['));
  assert.ok(window.requests.includes('POST /v1/hold'), status.state);
  await until(async () => (await window.text()).includes('[[DiffSBDD]]'), 'the fix after the pause');
  await until(async () => vault.commits(path)[0].subject.startsWith('vaultsync:'), 'its commit');
  assert.deepEqual(await window.notices(), []);
  const cursor = await state();
  assert.ok(cursor.before.endsWith('[[DiffSBDD]]'));
});

test('what other notes say reaches an open paper note through its editor', async () => {
  window = await browser.open(vault, { pause: 1 });
  const path = `Papers/Rings ${++count}.md`;
  await vault.write(path, '---\ntitle: "RingZ: Rings of Zeros in Many Dimensions"\ntags:\n  - paper\n---\nRings.\n');
  await window.edit(path);
  await window.cursorAfter('Rings.');
  await window.type(' Read.');
  await vault.write(`Conferences/Ring Days ${count}.md`, conference('Ring Days', '- RingZ was shown\n'));
  await until(async () => (await window.text()).includes('- [[Ring Days'), 'the mention, in the editor');
  assert.ok((await window.text()).includes('Rings. Read.'));
  await until(async () => (await vault.read(path)).includes('Mentioned in'), 'the save');
});

test('a note in two panes is fixed once both have the same words, and an undo in the pane that is typed in takes it back', async () => {
  const path = await edit(conference('Two Panes', UNTIDY), { pause: 0.3 });
  await window.page.evaluate((name) => app.workspace.split(app.vault.getAbstractFileByPath(name)), path);
  const panes = () => window.page.evaluate(() => [app.workspace.main, app.workspace.leaves.at(-1)].map(({ view }) => view.editor.cm.state.doc.toString()));
  await window.page.locator('.cm-content').nth(1).click();
  await window.page.keyboard.press('Control+End');
  await window.type('- typed in the second');
  await until(async () => (await panes()).every((text) => text.includes(TIDY) && text.endsWith('- typed in the second')), 'the fix in both');
  assert.equal(await vault.read(path), (await panes())[0]);
  const run = await until(() => vault.commits(path).find(({ subject }) => subject.startsWith('vaultsync:')), 'the commit');
  assert.equal(run.text, await vault.read(path));
  await window.page.keyboard.press('Control+z');
  const undone = (await panes())[1];
  assert.ok(undone.includes(UNTIDY) && undone.endsWith('- typed in the second'), undone);
});

test('a note whose panes differ is asked for once and changed in none', async () => {
  const path = await edit(conference('Other Pane', UNTIDY));
  await window.page.evaluate((name) => app.workspace.split(app.vault.getAbstractFileByPath(name)), path);
  window.answered = async (route) => {
    if (!route.endsWith('/fix')) return;
    await window.page.evaluate(() => {
      const { cm } = app.workspace.leaves.at(-1).view.editor;
      cm.dispatch({ changes: { from: cm.state.doc.length, insert: '- mine' }, userEvent: 'input.type' });
    });
  };
  assert.equal(await window.fix(), null);
  assert.ok((await window.text()).includes(UNTIDY));
  assert.deepEqual(vault.commits(path).map(({ subject }) => subject), ['as found']);
});

test('a closed note is the daemon\u2019s again', async () => {
  const path = await edit(conference('Closed', '- \n'));
  await window.cursorAfter('Montag Vormittag\n\n- ');
  await window.type('as slow as DiffSBDD');
  await window.page.evaluate(() => app.workspace.main.view.save());
  await vault.write('Home.md', 'Home.\n');
  await window.edit('Home.md');
  await until(async () => (await vault.read(path)).includes('[[DiffSBDD]]'), 'the daemon\u2019s own fix');
});

test('a note of 5,000 lines is fixed without losing a letter', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => (i % 500 ? `- line ${i}, 👩‍🔬 nothing\n` : `\n## Talk: T${i}\n\n- DiffSBDD ${i}\n`));
  const text = conference('Long', lines.join(''));
  await edit(text);
  await window.cursorAfter('line 2501');
  await window.type('!');
  const fixed = await window.fix();
  assert.equal(fixed.edits.length, 10);
  const wanted = text.replace('line 2501', 'line 2501!').replaceAll('- DiffSBDD', '- [[DiffSBDD]]');
  assert.equal(await window.text(), wanted);
  assert.ok((await state()).before.endsWith('line 2501!'));
});
