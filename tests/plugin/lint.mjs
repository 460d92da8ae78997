// Reads the plugin by the rules of Obsidian's list; prints what they find, and what they find in a copy with a fault.
// Run in the plugin's folder, whose manifest the rules read.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const here = dirname(fileURLToPath(import.meta.url));
const eslint = new ESLint({ overrideConfigFile: join(here, 'eslint.config.mjs') });
const source = readFileSync('main.js', 'utf8');
const faulty = source.replace('this.bar.empty();', 'this.bar.style.color = "red";');

const found = async (text) => {
  const [{ messages }] = await eslint.lintText(text, { filePath: 'main.js' });
  return messages.map(({ line, ruleId, message }) => `${line}: ${message} (${ruleId})`);
};
console.log(JSON.stringify({ found: await found(source), seen: faulty === source ? [] : await found(faulty) }));
