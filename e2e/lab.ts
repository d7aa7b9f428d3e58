// One window of the app and what a person does in it, by what is read and heard there: roles, labels
// and words, never classes.
import { expect, type Locator, type Page } from '@playwright/test';
import type { OpenedApp } from './opened-app.ts';

export type Place = 'Runs' | 'New run' | 'Datasets' | 'Settings';
export type Tab =
  | 'Mistakes'
  | 'Confusion'
  | 'Try'
  | 'Map'
  | 'Calibration'
  | 'Responses'
  | 'System'
  | 'Log'
  | 'Spec'
  | 'Notes and tags';

export class Lab {
  readonly page: Page;
  /** Uncaught errors of the page, and what it wrote to its console as errors. */
  readonly defects: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.defects.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      this.defects.push(`${message.text()} (${message.location().url})`);
    });
  }

  static async open(opened: OpenedApp): Promise<Lab> {
    const page = await opened.openWindow();
    const lab = new Lab(page);
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
    return lab;
  }

  async go(place: Place): Promise<void> {
    const link = this.page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: place, exact: true });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Moves the focus with the Tab key until it is on what is called `name`. */
  async tabTo(target: Locator, mostPresses = 60): Promise<void> {
    for (let pressed = 0; pressed < mostPresses; pressed++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    await expect(target).toBeFocused();
  }

  /** Drops a folder or file of this machine on the middle of the window. */
  async drop(path: string): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    const send = (type: 'dragEnter' | 'dragOver' | 'drop'): Promise<unknown> =>
      session.send('Input.dispatchDragEvent', { type, x: 640, y: 400, data });
    const zone = this.page.getByRole('status').filter({ hasText: /becomes a dataset|opened/ });
    // A browser loses what is dropped on an element that goes at that moment, as when a page has just come
    // up; a hand that sees it lie there does it again.
    await expect(async () => {
      await send('dragEnter');
      await expect(zone).toBeVisible();
      await send('dragOver');
      await send('drop');
      await expect(zone).toBeHidden({ timeout: 1000 });
    }).toPass();
    await session.detach();
  }

  async choose(
    label: string,
    option: string | RegExp,
    within: Locator | Page = this.page,
  ): Promise<void> {
    await within.getByLabel(label, { exact: true }).click();
    await this.page.getByRole('option', { name: option }).first().click();
  }

  async fill(
    label: string | RegExp,
    value: string,
    within: Locator | Page = this.page,
  ): Promise<void> {
    const field = within.getByRole('textbox', { name: label, exact: typeof label === 'string' });
    await field.fill(value);
    await field.blur();
  }

  /** Sets up a run from a spec, as pasted, and starts it. Ends on the page of the (first) run. */
  async startRun(spec: object): Promise<void> {
    const { page } = this;
    await this.go('New run');
    await page.getByRole('button', { name: 'Presets and spec' }).click();
    await page.getByRole('menuitem', { name: 'Paste a spec' }).click();
    await page.getByRole('textbox', { name: 'Spec as JSON' }).fill(JSON.stringify(spec));
    await page.getByRole('button', { name: 'Take it' }).click();
    await this.startButton.click();
    await expect(page).toHaveURL(/#\/runs?\b/);
  }

  get startButton(): Locator {
    return this.page.getByRole('button', { name: /^(Start|Queue)\b.*\bruns?$/ });
  }

  async openRun(name: string | RegExp): Promise<void> {
    await this.go('Runs');
    await this.runRow(name).click();
    await expect(this.page).toHaveURL(/#\/run\//);
  }

  runRow(name: string | RegExp): Locator {
    return this.page.getByRole('grid', { name: 'Runs' }).getByRole('row', { name });
  }

  async openTab(name: Tab): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', {
      name,
      ...(typeof name === 'string' ? { exact: true } : {}),
    });
  }

  /** The status beside the name of the run that is shown. */
  async expectStatus(status: string, timeoutMs = 60_000): Promise<void> {
    await expect(
      this.page.getByRole('main').getByText(status, { exact: true }).first(),
    ).toBeVisible({
      timeout: timeoutMs,
    });
  }

  /** Steps that the run on show has behind it, as its page says. */
  async step(): Promise<number> {
    const text = await this.page
      .getByText(/^step [\d\s,.’]+ of /)
      .first()
      .textContent();
    return Number((/^step (.*?) of /.exec(text ?? '')?.[1] ?? '').replace(/\D/g, ''));
  }

  async expectStepAbove(step: number, timeoutMs = 60_000): Promise<void> {
    await expect.poll(() => this.step(), { timeout: timeoutMs }).toBeGreaterThan(step);
  }

  /** What a chart shows, to tell whether it has changed. */
  async picture(name: string): Promise<string> {
    return this.page
      .getByRole('img', { name, exact: true })
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  }

  /** The rows of a chart's data as it is saved: curve, x, y … */
  async chartRows(title: string): Promise<readonly string[]> {
    const text = (await this.savedChart(title, 'Save data as CSV')).toString();
    return text.trim().split('\r\n').slice(1);
  }

  /** The file that a chart is saved as. */
  async savedChart(title: string, as: 'Save data as CSV' | 'Save as PNG'): Promise<Buffer> {
    await this.button(`Save ${title}`).click();
    const saved = this.page.waitForEvent('download');
    await this.page.getByRole('menuitem', { name: as }).click();
    const stream = await (await saved).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
}
