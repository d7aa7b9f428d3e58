// Rules for components that need no types of other files. Those that do are oxlint's, for components too
// (main/build/lint-components.mjs): the parser of components changes ESLint's program with every one of them, and all
// types would be computed anew each time. Other TypeScript files are checked by oxlint alone (.oxlintrc.json). Which
// folder may import which is checked by dependency-cruiser (`npm run check:layers`), because it sees through
// re-exports and cycles.
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import svelteConfig from './renderer/svelte.config.js';

/** Types of the one file, for the rule about properties that are declared and not used. */
const parser = {
  ...tseslint.parser,
  parseForESLint: (code, options) =>
    tseslint.parser.parseForESLint(code, {
      ...options,
      // Left out where the parser of components asks for no types.
      ...(options.programs && { programs: [programOf(options.filePath, code)] }),
    }),
};

function programOf(name, code) {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const options = { allowNonTsExtensions: true, noLib: true, noResolve: true, types: [] };
  const host = {
    getSourceFile: (asked) => (asked === name ? file : undefined),
    fileExists: (asked) => asked === name,
    readFile: () => undefined,
    writeFile: () => undefined,
    getCanonicalFileName: (asked) => asked,
    getCurrentDirectory: () => '',
    getDefaultLibFileName: () => 'lib.d.ts',
    getNewLine: () => '\n',
    useCaseSensitiveFileNames: () => true,
  };
  return ts.createProgram([name], options, host);
}

export default defineConfig({
  files: ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
  extends: [tseslint.configs.strict, svelte.configs.recommended],
  languageOptions: {
    globals: globals.browser,
    parserOptions: { parser, programs: [], svelteConfig },
  },
  rules: {
    '@typescript-eslint/consistent-type-imports': 'error',
    eqeqeq: 'error',
    // What else is known of stores needs types: an object that is not one of these is drawn as it is.
    'no-restricted-imports': [
      'error',
      { name: 'svelte/store', message: 'State is made of runes.' },
    ],
    // Addresses are the hash's (state/router), which this rule does not know.
    'svelte/no-navigation-without-resolve': 'off',
    // A Map in a derived value or behind $state.raw is replaced, never changed in place.
    'svelte/prefer-svelte-reactivity': 'off',
    // In markup an arrow that calls is how an event is handled.
    '@typescript-eslint/no-unused-expressions': 'off',
  },
});
