// Builds the app that the stories open, and says at once if there is nothing to open it in.
import { execFileSync } from 'node:child_process';
import { chromium } from '@playwright/test';
import { findElectron } from '../main/app/find-electron.ts';
import { findChromium } from '../main/host/find-chromium.ts';
import { projectFolder } from './served-app.ts';

export { beforeAll as default };

function beforeAll(): void {
  const found = findChromium({ ownPath: chromium.executablePath() });
  const electron = findElectron();
  if ('reason' in found && 'reason' in electron) throw new Error(found.reason);
  // Reporters show that stories were skipped, not why.
  if ('reason' in electron) console.log(`Stories of \`desktop\` are skipped: ${electron.reason}.`);
  execFileSync(process.execPath, ['main/build/page.mjs'], { cwd: projectFolder, stdio: 'inherit' });
}
