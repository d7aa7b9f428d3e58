// Shows one part of the page in the test's window, as large as the test says, and takes it away afterwards.
import '../styles/tokens.css';
import '../styles/base.css';
import { flushSync, mount, unmount, type Component } from 'svelte';
import { onTestFinished } from 'vitest';
import type { App } from '../state/app.svelte.ts';
import Stage from './Stage.svelte';
import { servedApp } from './served-app.ts';

interface ShowOptions {
  readonly app?: App;
  readonly widthPx?: number;
  readonly heightPx?: number;
}

export interface Shown<P> {
  readonly element: HTMLElement;
  /** Properties anew, as the part's owner would give them. */
  readonly set: (changed: Partial<P>) => void;
}

export function show<P extends Record<string, unknown>>(
  part: Component<P>,
  props: P,
  { app = servedApp(), widthPx = 900, heightPx = 500 }: ShowOptions = {},
): Shown<P> {
  const element = document.createElement('div');
  element.style.width = `${widthPx}px`;
  element.style.height = `${heightPx}px`;
  document.body.append(element);
  let current = $state.raw(props);
  const shown = mount(Stage<P>, {
    target: element,
    props: {
      app,
      part,
      get props() {
        return current;
      },
    },
  });
  flushSync();
  onTestFinished(async () => {
    await unmount(shown);
    element.remove();
  });
  return {
    element,
    set: (changed) => {
      current = { ...current, ...changed };
      flushSync();
    },
  };
}
