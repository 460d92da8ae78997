// The rules by which plugins are reviewed for Obsidian's list, on our one file and its manifest.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'eslint/config';
import obsidianmd from 'eslint-plugin-obsidianmd';

export default defineConfig([
  ...obsidianmd.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'writable' },
      parserOptions: {
        project: ['./tsconfig.json'],
        tsconfigRootDir: dirname(fileURLToPath(import.meta.url)),
        ecmaFeatures: { globalReturn: true }, // a CommonJS module: its names are its own
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-require-imports': 'off', // there is no build step that would turn imports into these
    },
  },
]);
