// The pages that train and fit something on the spot, for the gallery and by their address.
import type { Component } from 'svelte';
import LearningZeroPage from './LearningZeroPage.svelte';
import NestedClassesPage from './NestedClassesPage.svelte';

export interface Toy {
  /** In the address, after `studies/by-hand/`. */
  readonly name: string;
  readonly title: string;
  readonly claim: string;
  readonly page: Component;
}

export const TOYS: readonly Toy[] = [
  {
    name: 'learning-zero',
    title: 'Learning zero is easy',
    claim:
      'Six scalar layers learn y = 4x + 3. Two are enough; with a shortcut the other four need only learn zero.',
    page: LearningZeroPage,
  },
  {
    name: 'nested-classes',
    title: 'Nested function classes',
    claim:
      'A larger class of functions that contains the smaller one never fits worse. One that does not may.',
    page: NestedClassesPage,
  },
];
