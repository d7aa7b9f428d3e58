// Rules for components. TypeScript files are checked by oxlint (.oxlintrc.json), which is twenty times
// as fast but does not know types in components. Which folder may import which is checked by
// dependency-cruiser (`npm run check:layers`), because it sees through re-exports and cycles.
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import svelteConfig from './renderer/svelte.config.js';

export default defineConfig({
  files: ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
  extends: [tseslint.configs.strictTypeChecked, svelte.configs.recommended],
  languageOptions: {
    globals: globals.browser,
    parserOptions: {
      parser: tseslint.parser,
      projectService: true,
      extraFileExtensions: ['.svelte'],
      svelteConfig,
    },
  },
  rules: {
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    '@typescript-eslint/restrict-template-expressions': [
      'error',
      { allowNumber: true, allowBoolean: true },
    ],
    eqeqeq: 'error',
    // Addresses are the hash's (state/router), which this rule does not know.
    'svelte/no-navigation-without-resolve': 'off',
    // A Map in a derived value or behind $state.raw is replaced, never changed in place.
    'svelte/prefer-svelte-reactivity': 'off',
    // A snippet's parameters and other components are "any" here; svelte-check, which knows them, checks these.
    '@typescript-eslint/no-unsafe-argument': 'off',
    '@typescript-eslint/no-unsafe-assignment': 'off',
    '@typescript-eslint/no-unsafe-call': 'off',
    '@typescript-eslint/no-unsafe-member-access': 'off',
    '@typescript-eslint/no-unsafe-return': 'off',
    // In markup an arrow that calls is how an event is handled.
    '@typescript-eslint/no-confusing-void-expression': 'off',
    '@typescript-eslint/no-unused-expressions': 'off',
    // `void state` is how an effect or a getter says what it waits for.
    '@typescript-eslint/no-meaningless-void-operator': 'off',
  },
});
