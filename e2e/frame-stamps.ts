// When a window draws while something goes on in it with every frame. A browser stamps each frame with the
// moment its screen would show it, so that a frame that was left out is a gap between two stamps. The pointer
// is moved from within the page: from outside its moves would come at their own pace.
import type { Page } from '@playwright/test';

export type Motion = 'none' | 'pan' | 'zoom';

export interface DrawnFrames {
  readonly drawn: number;
  /** That the screen would have shown, and for which there was nothing new. */
  readonly missed: number;
}

/** The pointer is at `at`, over a chart, in pixels of the window; a pan goes to the left or to the right. */
export async function driveFrames(
  page: Page,
  motion: Motion,
  options: {
    readonly at: { readonly x: number; readonly y: number };
    readonly frames: number;
    readonly direction?: 1 | -1;
  },
): Promise<DrawnFrames> {
  const { at, frames, direction = -1 } = options;
  const stamps = await page.evaluate(
    async ({ motion, frames, x, y, direction }) => {
      const target = document.elementFromPoint(x, y);
      if (!target) throw new Error('Nothing is at this place of the page.');
      const pointer = (type: string, dx: number): void => {
        const place = { clientX: x + dx, clientY: y, screenX: x + dx, screenY: y };
        const kind = { pointerId: 1, isPrimary: true, pointerType: 'mouse', shiftKey: true };
        const pressed = {
          button: type === 'pointermove' ? -1 : 0,
          buttons: type === 'pointerup' ? 0 : 1,
        };
        target.dispatchEvent(
          new PointerEvent(type, {
            ...{ bubbles: true, cancelable: true, composed: true },
            ...{ ...place, ...kind, ...pressed },
          }),
        );
      };
      const wheel = (deltaY: number): void => {
        const place = { clientX: x, clientY: y, deltaY, ctrlKey: true };
        target.dispatchEvent(
          new WheelEvent('wheel', { bubbles: true, cancelable: true, ...place }),
        );
      };
      const move = (frame: number): void => {
        if (motion === 'pan') pointer('pointermove', direction * frame);
        // In and out again, a notch every third frame.
        if (motion === 'zoom' && frame % 3 === 0) wheel(frame % 60 < 30 ? -100 : 100);
      };
      if (motion === 'pan') pointer('pointerdown', 0);
      const found: number[] = [];
      await new Promise<void>((resolve) => {
        const onFrame = (stamp: number): void => {
          found.push(stamp);
          if (found.length > frames) {
            resolve();
            return;
          }
          move(found.length);
          requestAnimationFrame(onFrame);
        };
        requestAnimationFrame(onFrame);
      });
      if (motion === 'pan') pointer('pointerup', direction * frames);
      return found;
    },
    { motion, frames, x: at.x, y: at.y, direction },
  );
  const gaps = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? stamp));
  const frameMs = Math.min(...gaps);
  const missed = gaps.reduce((sum, gap) => sum + Math.round(gap / frameMs) - 1, 0);
  return { drawn: gaps.length, missed };
}
