// The whole page over made-up runs, for looking at it while no host is there. `?count=500` says how many
// runs, `&live` lets the newest one train.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import '../../styles/tokens.css';
import '../../styles/base.css';
import { mount } from 'svelte';
import AppView from '../../App.svelte';
import { App } from '../../state/app.svelte.ts';
import { ReplayHost } from '../testing/replay-host.ts';

const params = new URLSearchParams(window.location.search);
const host = new ReplayHost(Number(params.get('count') ?? 60));
const target = document.getElementById('app');
if (target === null) throw new Error('replay.html has no element #app.');
const app = new App({ host, pathForFile: () => null, retryNow: () => undefined }, window);
app.start();
mount(AppView, { target, props: { app } });
if (params.has('live')) setInterval(() => host.advance(12), 500);
